"""Suggestions while typing, in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels"))

from channel_helpers import FakeWorker, GatewayProcess
from playwright.sync_api import Browser, Locator, expect
from web_chat import CHROMIUM, PHONE, WebChat, chromium

from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base.model import Faq, ServiceItem
from knowledge_base.store import releases

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
UNITS = (
    ServiceItem(id="renew", name="普通护照换发", aliases=("护照到期",)),
    ServiceItem(id="first", name="普通护照首次申领"),
    Faq(id="photo", question="护照照片可以自己带吗", answer="可以。"),
    Faq(id="markup", question="<b>粗体</b>怎么写", answer="不用写。"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('suggest') / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    now = datetime.now(timezone.utc)
    with database.write() as tx:
        releases.save_drafts(tx, UNITS, "operator", now)
        releases.publish(tx, "operator", "", now)
    with FakeWorker(database):
        yield database
    database.close()


@pytest.fixture(scope="module")
def gateway(store: Database) -> Iterator[GatewayProcess]:
    with GatewayProcess(store.engine.url.render_as_string()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(params=["phone", "desktop"])
def chat(request: pytest.FixtureRequest, browser: Browser, gateway: GatewayProcess) -> Iterator[WebChat]:
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    context = browser.new_context(locale="zh-CN", **(phone if request.param == "phone" else {}))
    tab = WebChat(context, gateway.address)
    yield tab
    assert tab.problems == []
    context.close()


def field(chat: WebChat) -> Locator:
    return chat.page.get_by_role("combobox", name="输入您的问题")


def options(chat: WebChat) -> Locator:
    return chat.page.get_by_role("option")


def closed(chat: WebChat) -> None:
    chat.page.wait_for_timeout(400)
    expect(options(chat)).to_have_count(0)
    expect(chat.page.locator("#suggest")).to_be_hidden()
    expect(field(chat)).to_have_attribute("aria-expanded", "false")


def test_a_tap_asks(chat: WebChat) -> None:
    field(chat).press_sequentially("护照")
    expect(options(chat)).to_have_text(["普通护照换发护照到期", "普通护照首次申领", "护照照片可以自己带吗"])
    expect(field(chat)).to_have_attribute("aria-expanded", "true")
    for option in options(chat).all():
        box = option.bounding_box()
        assert box and box["height"] >= 44 and box["y"] >= 0
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    options(chat).nth(1).click()
    chat.wait_replies(1)
    expect(chat.mine.locator(".text")).to_have_text(["普通护照首次申领"])
    expect(field(chat)).to_have_value("")
    closed(chat)


def test_arrows_choose_and_enter_asks(chat: WebChat) -> None:
    field(chat).press_sequentially("huzhao")
    expect(options(chat)).to_have_count(3)
    expect(chat.page.locator("#suggested")).to_contain_text("3")
    chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("ArrowDown")
    active = field(chat).get_attribute("aria-activedescendant")
    expect(options(chat).nth(1)).to_have_attribute("id", str(active))
    expect(options(chat).nth(1)).to_have_attribute("aria-selected", "true")
    for _ in range(3):
        chat.page.keyboard.press("ArrowUp")
    expect(options(chat).nth(2)).to_have_attribute("aria-selected", "true")
    expect(field(chat)).to_be_focused()
    chat.page.keyboard.press("Enter")
    chat.wait_replies(1)
    expect(chat.mine.locator(".text")).to_have_text(["护照照片可以自己带吗"])


def test_enter_without_a_choice_sends_what_was_typed(chat: WebChat) -> None:
    field(chat).press_sequentially("护照")
    expect(options(chat)).to_have_count(3)
    chat.page.keyboard.press("Enter")
    chat.wait_replies(1)
    expect(chat.mine.locator(".text")).to_have_text(["护照"])
    closed(chat)


def test_escape_and_leaving_close_the_list(chat: WebChat) -> None:
    field(chat).press_sequentially("护照")
    expect(options(chat)).to_have_count(3)
    chat.page.keyboard.press("Escape")
    closed(chat)
    expect(field(chat)).to_have_value("护照")
    field(chat).press_sequentially("照")
    expect(options(chat)).to_have_count(1)
    chat.page.keyboard.press("Tab")
    closed(chat)


def test_an_input_method_is_left_alone(chat: WebChat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: request.url.endswith("/suggest") and asked.append(request.post_data or ""))
    field(chat).focus()
    keys = chat.page.context.new_cdp_session(chat.page)
    for letters in ("h", "hu", "huzh"):
        keys.send("Input.imeSetComposition", {"text": letters, "selectionStart": len(letters), "selectionEnd": 0})
        chat.page.wait_for_timeout(200)
    assert asked == []
    keys.send("Input.insertText", {"text": "护照"})
    expect(options(chat)).to_have_count(3)
    assert len(asked) == 1


def test_quick_typing_asks_once_and_numbers_of_people_never(chat: WebChat) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: request.url.endswith("/suggest") and asked.append(request.post_data or ""))
    field(chat).press_sequentially("护照照片", delay=20)
    expect(options(chat)).to_have_count(1)
    assert len(asked) == 1
    field(chat).fill("护照110101199003074514")
    closed(chat)
    field(chat).fill("护照\n换发")
    closed(chat)
    assert len(asked) == 1


def test_markup_is_text(chat: WebChat) -> None:
    field(chat).press_sequentially("粗体")
    expect(options(chat)).to_have_text(["<b>粗体</b>怎么写"])
    expect(options(chat).locator("b")).to_have_text(["粗体"])


def test_without_the_endpoint_the_chat_works(chat: WebChat) -> None:
    chat.page.route("**/chat/suggest", lambda route: route.fulfill(status=200, body="not JSON"))
    field(chat).press_sequentially("护照")
    closed(chat)
    chat.say("护照")
    chat.wait_replies(1)
