"""A person chats on the simulator's page with the real gateway, in a real browser.

In all but the last test the worker says what the test needs; there the trained assistant answers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "channels"))

from channel_helpers import Bodies, FakeWorker, GatewayProcess, answer
from city import City, free_port
from playwright.sync_api import Browser, expect
from web_chat import CHROMIUM, PHONE, chromium
from wechat_page import SENT, WechatPage, process, wechat_settings

from foundation.database import Database
from foundation.migrate import upgrade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
DESK = {"width": 1280, "height": 900}
NASTY = "<img src=x onerror=\"document.title='broken'\"><b>粗</b> & ${1} {{2}}"


def turn(text: str) -> Bodies:
    if text == "护照":
        buttons = [{"title": title, "payload": f"护照{title}"} for title in ("首次申请", "换发", "补发")]
        return [{"text": "您要办哪一种？", "buttons": buttons, "custom": {"answer": answer(sources=[])}}]
    return [{"text": f"答：{text}", "custom": {"answer": answer()}}]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a simulator beside a gateway with a worker."""
    url = f"sqlite:///{tmp_path_factory.mktemp('wechat') / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    lines = wechat_settings()
    with FakeWorker(database, turn), GatewayProcess(url, **lines) as gateway:
        own = {**lines, "ZHENGWU_BOT_PORT": str(gateway.port)}
        with process("wechat-simulator", own, lines["ZHENGWU_WECHAT_API_BASE"]) as address:
            yield address
    database.close()


@pytest.fixture
def wechat(browser: Browser, simulator: str) -> Iterator[WechatPage]:
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    page = WechatPage(context, simulator)
    yield page
    assert page.problems == []
    context.close()


def test_a_conversation(wechat: WechatPage) -> None:
    wechat.press("关注")
    expect(wechat.wait_received(1)).to_contain_text("政务服务智能助手")
    wechat.say("身份证丢了怎么补办")
    reply = wechat.wait_received(2)
    expect(reply).to_contain_text("答：身份证丢了怎么补办")
    expect(reply).to_contain_text("被动回复")
    expect(wechat.posted.first).to_contain_text("第 1 次")

    wechat.say("护照")
    menu = wechat.wait_received(3)
    expect(menu).to_contain_text("接口下发")
    menu.get_by_role("button", name="换发").click()
    expect(wechat.wait_received(4)).to_contain_text("答：护照换发")
    expect(wechat.page.locator("#calls")).to_contain_text("/cgi-bin/message/custom/send")
    expect(wechat.page.locator("#facts")).to_contain_text("领取令牌 1 次")

    wechat.press("位置")
    wechat.press("示例市社保大厅")
    expect(wechat.wait_received(5)).to_contain_text("办事大厅")
    wechat.press("语音")
    expect(wechat.wait_received(6)).to_contain_text("12345")
    wechat.press("照片")
    wechat.wait_received(7)
    picture = wechat.page.locator("#chat .user img")
    assert picture.evaluate("image => image.naturalWidth") > 0
    expect(wechat.page.locator("#chat .user")).to_have_count(6)


def test_the_menu_below_the_chat(wechat: WechatPage) -> None:
    menu = wechat.page.locator("#menu").get_by_role("button")
    menu.first.click()
    expect(menu.first).to_have_attribute("aria-expanded", "true")
    wechat.press("办事大厅在哪里？")
    expect(wechat.wait_received(1)).to_contain_text("答：办事大厅在哪里？")
    expect(wechat.page.locator("#menu ul:visible")).to_have_count(0)
    expect(wechat.posted.first).to_contain_text("点菜单")


def test_markup_is_text(wechat: WechatPage) -> None:
    wechat.say(NASTY)
    expect(wechat.wait_received(1)).to_contain_text("onerror")
    expect(wechat.page.locator("#chat .user .bubble")).to_have_text(NASTY)
    assert wechat.page.locator("#chat img").count() == 0 and "broken" not in wechat.page.title()


def test_a_wrong_mode_is_refused_and_wechat_says_so(wechat: WechatPage) -> None:
    wechat.press("检查服务器配置")
    expect(wechat.page.get_by_text("验证通过")).to_be_visible()
    wechat.page.get_by_label("消息加解密方式").select_option("plain")
    wechat.say("你好")
    expect(wechat.page.locator("#chat .system")).to_have_text("该公众号提供的服务出现故障，请稍后再试", timeout=SENT)
    expect(wechat.posted.first).to_contain_text("第 3 次")
    expect(wechat.posted.first).to_contain_text("HTTP 403")
    wechat.page.get_by_label("消息加解密方式").select_option("safe")
    wechat.say("现在好了吗")
    wechat.wait_received(1)


def test_sending_that_fails_once_is_repeated(wechat: WechatPage) -> None:
    wechat.press("下次发送：系统繁忙")
    expect(wechat.page.locator("#fault-result")).to_have_text("已设置")
    wechat.say("护照")
    expect(wechat.wait_received(1)).to_contain_text("您要办哪一种")
    expect(wechat.page.locator("#calls")).to_contain_text("错误码 -1")


def test_another_user_begins_anew_and_a_reload_does_not(wechat: WechatPage) -> None:
    wechat.say("你好")
    wechat.wait_received(1)
    wechat.page.reload()
    wechat.wait_received(1)
    wechat.press("换一个新用户")
    expect(wechat.page.locator("#chat .line")).to_have_count(0)


def test_the_keyboard_is_enough(wechat: WechatPage) -> None:
    page = wechat.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("护照")
    page.keyboard.press("Enter")
    wechat.wait_received(1).get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    wechat.wait_received(2)
    for role in ("log", "textbox", "combobox", "checkbox", "button"):
        for element in page.get_by_role(role).all():  # type: ignore[arg-type]
            named = "node => node.getAttribute('aria-label') || node.labels?.length || node.textContent.trim()"
            assert element.evaluate(named), element


def test_on_a_telephone(browser: Browser, simulator: str) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, is_mobile=True)
    wechat = WechatPage(context, simulator)
    wechat.say("护照")
    wechat.wait_received(1)
    assert wechat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(wechat.page.get_by_label("输入消息")).to_be_in_viewport()
    buttons = wechat.page.locator(".phone button:visible")
    assert min(buttons.evaluate_all("all => all.map(one => one.offsetHeight)")) >= 44, "large enough for a thumb"
    assert wechat.problems == []
    context.close()


def test_the_trained_assistant_answers(browser: Browser, city: City) -> None:
    """A second gateway on the city's database: its worker answers there as well."""
    lines = wechat_settings()
    port = free_port()
    own = {**city.environment, **lines, "ZHENGWU_BOT_PORT": str(port)}
    with (
        process("gateway", own, f"http://127.0.0.1:{port}/health"),
        process("wechat-simulator", own, lines["ZHENGWU_WECHAT_API_BASE"]) as address,
    ):
        context = browser.new_context(viewport=DESK, locale="zh-CN")
        wechat = WechatPage(context, address)
        wechat.say("身份证丢了怎么补办")
        expect(wechat.received.first).to_be_visible(timeout=SENT)
        expect(wechat.page.locator("#chat")).to_contain_text("居民身份证法")
        before = wechat.received.count()
        wechat.say("那多少钱")
        expect(wechat.received.nth(before)).to_be_visible(timeout=SENT)
        expect(wechat.page.locator("#chat")).to_contain_text("40元")
        for text, told in (
            ("查办件进度", "办件编号"),
            ("SLS2026-111806-0019", "最后四位"),
            ("0011", "社会保障卡挂失补领"),
        ):
            before = wechat.received.count()
            wechat.say(text)
            expect(wechat.received.nth(before)).to_contain_text(told, timeout=SENT)
        assert wechat.problems == []
        context.close()
