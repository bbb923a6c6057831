"""The chat page in a real browser, in front of a worker that says what each test needs.

With ZHENGWU_TEST_CHAT_URL set, those that only need an assistant that answers run against that address too.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels"))

from channel_helpers import Bodies, FakeWorker, GatewayProcess, answer, say
from playwright.sync_api import Browser, WebSocketRoute, expect
from sqlalchemy import select
from web_chat import CHROMIUM, PHONE, WebChat, chromium

from foundation.database import Database
from foundation.migrate import upgrade
from foundation.outbox import outbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
REAL = os.environ.get("ZHENGWU_TEST_CHAT_URL")

NASTY = "<img src=x onerror=\"document.title='broken'\"><b>粗</b> & ${1} {{2}}"
OPTIONS = [{"title": title, "id": title, "kind": "situation"} for title in ("首次申请", "换发", "补发")]


def turn(text: str) -> Bodies:
    if text == "护照":
        body = {
            "text": "您要办哪一种？\n1. 首次申请\n2. 换发\n3. 补发",
            "custom": {"answer": answer(options=OPTIONS, sources=[])},
        }
        return [body]
    if text == "两条":
        return [{"text": "第一条"}, {"text": "第二条", "custom": {"answer": answer(also=[{"title": "临时身份证"}])}}]
    if text == "坏":
        bad = answer(
            title=NASTY, sources=[{"title": NASTY, "article": NASTY, "url": "javascript:alert(1)", "date": NASTY}]
        )
        return [
            {"text": NASTY, "custom": {"answer": {**bad, "options": [{"title": NASTY}], "also": [{"title": NASTY}]}}}
        ]
    if text == "着火":
        return [{"text": "请立即拨打 119。", "custom": {"answer": answer(kind="emergency", sources=[], record=None)}}]
    return [{"text": f"答：{text}", "custom": {"answer": answer()}}]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('chat') / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    with FakeWorker(database, turn):
        yield database
    database.close()


@pytest.fixture(scope="module")
def gateway(store: Database) -> Iterator[GatewayProcess]:
    with GatewayProcess(store.engine.url.render_as_string()) as running:
        yield running


@pytest.fixture
def chat(browser: Browser, gateway: GatewayProcess) -> Iterator[WebChat]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)
    tab = WebChat(context, gateway.address)
    yield tab
    assert tab.problems == []
    context.close()


@pytest.mark.parametrize("where", ["fake", "real"])
def test_ask_and_be_answered(browser: Browser, request: pytest.FixtureRequest, where: str) -> None:
    if where == "real" and not REAL:
        pytest.skip("ZHENGWU_TEST_CHAT_URL is not set")
    address = REAL if where == "real" else request.getfixturevalue("gateway").address
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    chat = WebChat(context, str(address))
    chat.say("身份证丢了怎么补办？")
    expect(chat.replies.first).to_be_visible(timeout=60_000)
    expect(chat.mine).to_have_count(1)
    expect(chat.replies.last).to_contain_text("智能助手")
    assert chat.problems == []
    context.close()


def test_the_answer_shows_what_makes_it_official(chat: WebChat) -> None:
    chat.say("你好")
    chat.wait_replies(1)
    for text in ("答：你好", "《中华人民共和国居民身份证法》", "第十一条", "2012-01-01", "2026-11-01", "K7M2-4Q9D"):
        expect(chat.replies.first).to_contain_text(text)
    expect(chat.replies.first).to_contain_text("以受理部门依法作出的决定为准")
    expect(chat.page.locator("#typing")).to_be_hidden()


def test_several_replies_in_order_and_topics(chat: WebChat) -> None:
    chat.say("两条")
    chat.wait_replies(2)
    assert [text.strip() for text in chat.page.locator(".them .text").all_text_contents()] == ["第一条", "第二条"]
    chat.page.get_by_role("button", name="临时身份证").click()
    chat.wait_replies(3)
    expect(chat.mine.last).to_contain_text("临时身份证")


def test_an_option_is_a_button_that_says_its_title(chat: WebChat) -> None:
    chat.say("护照")
    chat.wait_replies(1)
    expect(chat.page.locator(".option")).to_have_count(3)
    assert chat.page.locator(".them .text").inner_text() == "您要办哪一种？"
    chat.page.get_by_role("button", name="换发").click()
    chat.wait_replies(2)
    expect(chat.replies.last).to_contain_text("答：换发")


def test_markup_is_shown_as_text_wherever_it_stands(chat: WebChat) -> None:
    chat.say("坏")
    chat.wait_replies(1)
    chat.say(NASTY)
    chat.wait_replies(2)
    assert chat.page.locator("#log img, #log b, #log a[href^=javascript]").count() == 0
    assert "broken" not in chat.page.title()
    expect(chat.mine.last.locator(".text")).to_have_text(NASTY)
    chat.page.reload()
    chat.wait_online()
    chat.wait_replies(2)
    assert chat.page.locator("#log img, #log b").count() == 0


def test_an_emergency_can_be_called(chat: WebChat) -> None:
    chat.say("着火")
    chat.wait_replies(1)
    expect(chat.page.get_by_role("link", name="119")).to_have_attribute("href", "tel:119")


def test_a_human_is_one_press_away_and_looks_different(chat: WebChat, store: Database) -> None:
    chat.page.get_by_role("button", name="人工").click()
    chat.wait_replies(1)
    expect(chat.mine.last).to_contain_text("转人工")
    with store.read() as tx:
        conversation = tx.execute(select(outbox.c.conversation).order_by(outbox.c.id.desc()).limit(1)).scalar_one()
    bodies = [{"text": "您好，我来帮您", "by": "person", "name": "小李"}, {"text": "正在转接", "by": "robot"}]
    say(store, conversation, "web", bodies)
    chat.wait_replies(3)
    expect(chat.replies.nth(1)).to_contain_text("我来帮您")
    for index, who in enumerate(("智能助手", "工作人员 · 小李", "智能助手")):
        reply = chat.replies.nth(index)
        expect(reply).to_have_accessible_name(who)
        expect(reply.locator(".badge")).to_have_text(who)
        expect(reply.locator(".who")).to_be_visible()  # what a live region reads aloud is its text
    colours = [
        chat.replies.nth(i).locator(".card").evaluate("e => getComputedStyle(e).backgroundColor") for i in (0, 1)
    ]
    assert colours[0] != colours[1]


def test_large_print_is_remembered(chat: WebChat) -> None:
    size = "getComputedStyle(document.documentElement).fontSize"
    before = float(chat.page.evaluate(size)[:-2])
    button = chat.page.get_by_role("button", name="大字版")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    chat.page.reload()
    assert float(chat.page.evaluate(size)[:-2]) >= before * 1.3
    assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_reload_keeps_the_conversation(chat: WebChat) -> None:
    chat.say("一")
    chat.wait_replies(1)
    chat.page.reload()
    chat.wait_online()
    chat.say("二")
    chat.wait_replies(2)
    assert [t.strip() for t in chat.page.locator(".message .text").all_text_contents()] == [
        "一",
        "答：一",
        "二",
        "答：二",
    ]


def test_the_device_does_not_keep_identity_numbers(chat: WebChat) -> None:
    chat.say("我的身份证号是11010119900307451X")
    chat.wait_replies(1)
    chat.page.reload()
    chat.wait_online()
    chat.wait_replies(1)
    expect(chat.mine.locator(".text")).to_have_text("我的身份证号是110***********451X")
    assert "19900307" not in chat.page.evaluate("JSON.stringify(localStorage)")


def test_a_new_conversation_forgets_the_old_one(chat: WebChat) -> None:
    chat.say("一")
    chat.wait_replies(1)
    chat.page.get_by_role("button", name="新咨询").click()
    chat.page.get_by_role("button", name="清空").click()
    chat.wait_replies(0)
    chat.wait_online()
    chat.say("二")
    chat.wait_replies(1)
    chat.page.reload()
    chat.wait_online()
    chat.wait_replies(1)


def test_two_tabs_show_the_same(chat: WebChat, gateway: GatewayProcess) -> None:
    chat.say("一")
    chat.wait_replies(1)
    other = WebChat(chat.page.context, gateway.address)
    other.wait_replies(1)
    other.say("二")
    for tab in (chat, other):
        tab.wait_replies(2)
        expect(tab.mine).to_have_count(2)
    assert other.problems == []


def test_keyboard_alone(chat: WebChat) -> None:
    page = chat.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到输入框")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    page.keyboard.press("Enter")
    chat.wait_replies(1)
    expect(chat.mine.last.locator(".text")).to_have_text("第一行\n第二行", use_inner_text=True)
    expect(page.get_by_label("输入您的问题")).to_be_focused()
    order = []
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert order[0] == "person" and "example" in order


def test_an_input_methods_enter_does_not_send(chat: WebChat) -> None:
    field = chat.page.get_by_label("输入您的问题")
    field.fill("ni hao")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    expect(chat.mine).to_have_count(0)
    expect(field).to_have_value("ni hao")


def test_the_counter_and_the_limit(chat: WebChat) -> None:
    field = chat.page.get_by_label("输入您的问题")
    send = chat.page.get_by_role("button", name="发送", exact=True)
    expect(send).to_be_disabled()
    field.fill("字" * 480)
    expect(chat.page.locator("#count")).to_have_text("480/500 字")
    field.fill("字" * 503)
    expect(chat.page.locator("#count")).to_contain_text("3")
    expect(send).to_be_disabled()
    field.fill("😀" * 500)
    expect(send).to_be_enabled()


def test_roles_that_a_screen_reader_needs(chat: WebChat) -> None:
    page = chat.page
    expect(page.get_by_role("log", name="对话记录")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    for button in page.get_by_role("button").all():
        assert button.inner_text().strip()
        box = button.bounding_box()
        assert box and box["height"] >= 44, button.inner_text()


def test_text_has_contrast(chat: WebChat) -> None:
    chat.say("护照")
    chat.wait_replies(1)
    chat.say("你好")
    chat.wait_replies(2)
    for scheme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = chat.page.evaluate(CONTRAST)
        assert [line for line in found if line["ratio"] < 4.5] == []


def test_a_gateway_restart_loses_and_doubles_nothing(browser: Browser, store: Database) -> None:
    with GatewayProcess(store.engine.url.render_as_string()) as gateway:
        context = browser.new_context(viewport=PHONE, locale="zh-CN")
        chat = WebChat(context, gateway.address)
        chat.say("一")
        chat.wait_replies(1)
        gateway.kill()
        expect(chat.page.locator("#banner")).to_contain_text("重新连接", timeout=10_000)
        chat.say("二")
        chat.say("三")
        expect(chat.mine.last).to_contain_text("正在发送")
        gateway.start()
        chat.wait_replies(3, 40)
        time.sleep(0.5)
        texts = [text.strip() for text in chat.page.locator(".message .text").all_text_contents()]
        assert sorted(texts) == sorted(["一", "答：一", "二", "三", "答：二", "答：三"])
        assert texts.index("答：二") < texts.index("答：三")
        assert all("WebSocket" in problem for problem in chat.problems)
        context.close()


def test_what_was_refused_for_a_moment_is_sent_before_what_was_typed_after_it(
    browser: Browser, gateway: GatewayProcess
) -> None:
    """那多少钱 leans on the question before it, which the database did not take at once."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    refused: list[str] = []

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            said = json.loads(frame)
            if said["type"] == "message" and not refused:
                refused.append(said["text"])
                page.send(json.dumps({"type": "error", "id": said["id"], "reason": "请稍等。", "retry_after": 2}))
            else:
                server.send(frame)

        page.on_message(pass_on)

    context.route_web_socket(re.compile("/chat/socket$"), between)
    chat = WebChat(context, gateway.address)
    chat.say("先问的")
    expect(chat.page.get_by_text("请稍等。")).to_be_visible()
    chat.say("后问的")
    chat.say("又问的")
    chat.wait_replies(3)
    assert refused == ["先问的"]
    assert [text.strip() for text in chat.replies.locator(".text").all_text_contents()] == [
        "答：先问的", "答：后问的", "答：又问的",
    ]  # fmt: skip
    assert chat.problems == []
    context.close()


CONTRAST = re.sub(
    r"\n\s*",
    " ",
    """() => {
  const lum = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && !e.disabled && !e.closest('noscript')
      && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(behind(e))];
    return {text: e.textContent.trim().slice(0, 20), ratio: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)}; });
}""",
)
