"""A gateway that two sites may embed, another site that does so, and a browser that looks at it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "channels"))

from channel_helpers import FakeWorker, GatewayProcess
from foreign_site import Site, foreign_site
from host_page import DESK, HEAD, Host
from playwright.sync_api import Browser, BrowserContext
from web_chat import PHONE, chromium

from foundation.database import Database
from foundation.migrate import upgrade


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('widget') / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    with FakeWorker(database):
        yield database
    database.close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with foreign_site() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(store: Database, site: Site) -> Iterator[GatewayProcess]:
    origins = f"{site.address} http://*.office.localhost:{site.port}"
    with GatewayProcess(store.engine.url.render_as_string(), ZHENGWU_WIDGET_ORIGINS=origins) as running:
        yield running


@pytest.fixture
def snippet(gateway: GatewayProcess) -> str:
    return f'<script src="{gateway.address}/widget.js" data-label="在线咨询" defer></script>'


@pytest.fixture
def neighbour(context: BrowserContext, site: Site, gateway: GatewayProcess) -> Iterator[Host]:
    """A page of the same site as the chat, as browsers count it: there the chat may remember, elsewhere it may not."""
    script = f'<script src="http://chat.office.localhost:{gateway.port}/widget.js" defer></script>'
    site.put("/next", "<input id=theirs autofocus>" + script, HEAD)
    site.put("/near", "<main><button id=theirs>搜索</button></main>" + script, HEAD)
    host = Host(context, f"http://www.office.localhost:{site.port}/near")
    yield host
    assert host.problems == []


@pytest.fixture
def address(site: Site, snippet: str) -> str:
    return site.put("/", "<main><h1>某区政府</h1><button id=theirs>搜索</button></main>" + snippet, HEAD)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, screen=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture
def host(context: BrowserContext, address: str) -> Iterator[Host]:
    host = Host(context, address)
    yield host
    assert host.problems == []
