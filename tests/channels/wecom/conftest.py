from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from wecom_fake import AGENT, CORP, SECRET, WeComFake, fake_wecom

from channels.tokens import TokenStore
from channels.wecom.client import Client


@pytest.fixture
async def fake() -> AsyncIterator[WeComFake]:
    async with fake_wecom() as server:
        yield server


@pytest.fixture
async def client(fake: WeComFake) -> AsyncIterator[Client]:
    tokens = TokenStore()
    client = Client.of(fake.address, CORP, str(AGENT), SECRET, tokens)
    yield client
    await client.close()
    await tokens.close()
