from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from citizen_browser import Browser, NewBrowser, browsing
from office import Office, office_of
from provider import Provider, running

from foundation.database import Database


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(Provider()) as provider:
        yield provider


@pytest.fixture
async def office(store: Database, provider: Provider) -> AsyncIterator[Office]:
    async with office_of(store, provider) as office:
        yield office


@pytest.fixture
async def new_browser(office: Office) -> AsyncIterator[NewBrowser]:
    """Makes browsers of different people."""
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(browsing(office.address))


@pytest.fixture
async def browser(new_browser: NewBrowser) -> Browser:
    return await new_browser()
