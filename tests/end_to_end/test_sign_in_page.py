"""Signing in from the chat page, by itself and in a frame of another site, in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels" / "signin"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "widget"))

from channel_helpers import FakeWorker, GatewayProcess, free_port
from foreign_site import foreign_site
from host_page import DESK, HEAD, Host
from playwright.sync_api import Browser, BrowserContext, Page, expect
from provider import CLIENT, PERSON, SECRET, Provider
from provider import running as provider_running
from web_chat import CHROMIUM, PHONE, WebChat, chromium

from foundation.database import Database
from foundation.migrate import upgrade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    yield context
    context.close()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_running(Provider()) as provider:
        yield provider


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[GatewayProcess]:
    url = f"sqlite:///{tmp_path_factory.mktemp('sign-in') / 'zhengwu.db'}"
    upgrade(url)
    database, port = Database(url), free_port()
    with foreign_site() as site, FakeWorker(database):
        on = {
            "ZHENGWU_SIGNIN_ISSUER": provider.address,
            "ZHENGWU_SIGNIN_CLIENT_ID": CLIENT,
            "ZHENGWU_SIGNIN_CLIENT_SECRET": SECRET,
            "ZHENGWU_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "ZHENGWU_WIDGET_ORIGINS": site.address,
        }
        with GatewayProcess(url, port, **on) as running:
            site.put("/", f'<h1>某区政府</h1><script src="{running.address}/widget.js" defer></script>', HEAD)
            running.site = site.address  # type: ignore[attr-defined]
            yield running
    database.close()


def test_on_the_page_of_its_own(context: BrowserContext, gateway: GatewayProcess) -> None:
    chat = WebChat(context, gateway.address)
    page = chat.page
    line = page.get_by_role("region", name="登录")
    expect(line).to_contain_text("登录后可直接查本人办件")
    line.get_by_role("button", name="登录", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="已登录")).to_be_visible()
    page.get_by_role("link", name="回到网页上的对话").click()
    expect(line).to_contain_text("已登录")
    expect(chat.replies.last).to_contain_text("您已登录")
    chat.replies.last.get_by_role("button", name="我的办件").click()
    chat.wait_replies(2)
    expect(chat.replies.last).to_contain_text("答：我的办件")
    assert PERSON not in page.content() and "张三" not in page.content()
    line.get_by_role("button", name="退出登录").click()
    expect(line).to_contain_text("登录后可直接查本人办件")
    expect(page.locator("#banner")).to_have_text("已退出登录")
    assert chat.problems == []


def test_beginning_anew_signs_out(context: BrowserContext, gateway: GatewayProcess) -> None:
    chat = WebChat(context, gateway.address)
    page = chat.page
    sign_in(page)
    line = page.get_by_role("region", name="登录")
    expect(line).to_contain_text("已登录")
    session = page.evaluate("localStorage.getItem('zhengwu.chat.session')")
    page.get_by_role("button", name="新咨询").click()
    page.get_by_role("button", name="清空").click()
    expect(line).to_contain_text("登录后可直接查本人办件")
    answer = page.request.post(
        f"{gateway.address}/chat/signedin", data={"session": session}, headers={"Origin": gateway.address}
    )
    assert answer.json() == {"seconds": 0}
    assert chat.problems == []


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("link", name="回到网页上的对话").click()


def test_another_tab_learns_of_it(context: BrowserContext, gateway: GatewayProcess) -> None:
    chat, other = WebChat(context, gateway.address), WebChat(context, gateway.address)
    sign_in(chat.page)
    expect(other.page.get_by_role("region", name="登录")).to_contain_text("已登录", timeout=10_000)


def test_in_a_frame_of_another_site(browser: Browser, gateway: GatewayProcess) -> None:
    context = browser.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
    host = Host(context, f"{gateway.site}/")  # type: ignore[attr-defined]
    host.open()
    line = host.chat.get_by_role("region", name="登录")
    with context.expect_page() as opened:
        line.get_by_role("button", name="登录", exact=True).click()
    window = opened.value
    expect(window.get_by_role("heading", name="是您自己要登录吗？")).to_be_visible()
    window.get_by_role("link", name="是我自己要登录").click()
    expect(window.get_by_role("heading", name="还差一步")).to_be_visible()
    digits = window.locator(".digits").inner_text()
    expect(line).to_contain_text("六位数字")
    window.close()
    host.input.fill(digits)
    host.input.press("Enter")
    expect(host.chat.locator(".them").last).to_contain_text("您已登录")
    expect(line).to_contain_text("已登录")
    assert host.problems == []
    context.close()


def test_the_service_is_down(context: BrowserContext, gateway: GatewayProcess, provider: Provider) -> None:
    page = WebChat(context, gateway.address).page
    provider.fault = "token_500"
    try:
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.get_by_role("heading", name="暂时不能登录")).to_be_visible()
        page.get_by_role("link").click()
        expect(page.get_by_role("region", name="登录")).to_contain_text("登录后可直接查本人办件")
    finally:
        provider.fault = None
