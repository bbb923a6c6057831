"""The agents' page in a real browser: a whole conversation with a citizen's page, and all that goes wrong in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from agents_page import NARROW, AgentsPage, Citizens, ConsoleProcess, hire, now, open_desk_of
from city import City
from playwright.sync_api import Browser, Route, expect
from web_chat import CHROMIUM, PHONE, WebChat, chromium

from channels import windows
from desk import handovers, presence, ratings
from desk.handovers import CLOSED
from foundation import accounts, sessions
from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base.model import Faq
from knowledge_base.store import releases

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    hire(database, "wangfang", "王芳")
    hire(database, "liqiang", "李强")
    yield database
    database.close()


@pytest.fixture
def console(store: Database) -> Iterator[ConsoleProcess]:
    with ConsoleProcess(store.engine.url.render_as_string()) as running:
        yield running


@pytest.fixture
def citizens(store: Database) -> Citizens:
    return Citizens(store)


@pytest.fixture
def wang(browser: Browser, console: ConsoleProcess) -> Iterator[AgentsPage]:
    page = AgentsPage(browser, console.address, "wangfang")
    yield page
    assert page.problems == []
    page.context.close()


@pytest.fixture
def li(browser: Browser, console: ConsoleProcess) -> Iterator[AgentsPage]:
    page = AgentsPage(browser, console.address, "liqiang")
    yield page
    assert page.problems == []
    page.context.close()


# -- the whole way --


@pytest.fixture
def open_desk(city: City) -> Iterator[str]:
    """The console of the city, whose desk is open; its address."""
    with open_desk_of(city.database, zhangwei="张伟", zhoujie="周洁"):
        yield city.console


def test_a_question_a_person_a_transfer_a_score_and_the_robot_again(
    city: City, open_desk: str, browser: Browser
) -> None:
    first, second = (AgentsPage(browser, open_desk, name) for name in ("zhangwei", "zhoujie"))
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    chat = WebChat(context, city.address)
    chat.say("身份证丢了怎么补办")
    expect(chat.replies.last).to_contain_text("居民身份证丢失补领", timeout=15_000)
    chat.say("转人工")
    expect(chat.replies.last).to_contain_text("下一位", timeout=15_000)

    expect(first.entry("居民身份证")).to_be_visible()
    first.page.keyboard.press("n")
    expect(first.said("身份证丢了怎么补办")).to_be_visible()
    expect(first.page.locator(".said.robot", has_text="居民身份证丢失补领").locator(".basis")).to_contain_text("记录号")
    expect(chat.replies.last).to_contain_text("工作人员张伟来为您服务了")
    for n in range(1, 6):
        first.say(f"坐席第{n}句")
        expect(chat.replies.last).to_contain_text(f"坐席第{n}句")
        expect(chat.page.locator(".person-speaks").last).to_contain_text("张伟")
        chat.say(f"群众第{n}句")
        expect(first.said(f"群众第{n}句")).to_be_visible()
    expect(first.page.locator(".mark", has_text="已送达")).to_have_count(5, timeout=10_000)
    texts = first.page.locator(".said .text").all_inner_texts()
    spoken = [text for text in texts if re.fullmatch("(坐席|群众)第.句", text)]
    assert spoken == [f"{who}第{n}句" for n in range(1, 6) for who in ("坐席", "群众")], "in order"
    assert chat.page.locator(".robot", has_text="群众第").count() == 0, "the robot is silent"

    first.press("转接")
    transfer = first.dialog("转接")
    transfer.get_by_label("转给同事").select_option("zhoujie")
    transfer.get_by_label("留一句备注").fill("群众要加急，请查一下")
    transfer.get_by_role("button", name="转接").click()
    second.turn_to("我的会话")
    second.entry("居民身份证").click()
    expect(second.said("群众第5句")).to_be_visible()
    second.page.get_by_role("tab", name="备注").click()
    expect(second.page.locator("#beside-notes")).to_contain_text("群众要加急")
    second.say("您好，我接着为您办理。")
    expect(chat.replies.last).to_contain_text("我接着为您办理")

    second.close_talk()
    expect(chat.replies.last).to_contain_text("这次服务您满意吗")
    chat.page.get_by_role("button", name="非常满意", exact=False).first.click()
    expect(chat.replies.last).to_contain_text("谢谢您的评价", timeout=15_000)
    chat.say("那多少钱")
    expect(chat.replies.last).to_contain_text("元", timeout=15_000)
    expect(chat.replies.last).to_contain_text("居民身份证丢失补领")
    with city.database.read() as tx:
        newest = handovers.closed(tx, account="zhoujie")[0]
        rating = ratings.of_subject(tx, newest.conversation, f"handover:{newest.id}")
    assert newest.state == CLOSED and newest.outcome == "answered" and newest.topic_id == "resident-id-replacement"
    assert rating is not None and (rating.score, rating.account) == (5, "zhoujie")
    assert [*chat.problems, *first.problems, *second.problems] == []
    for each in (context, first.context, second.context):
        each.close()


# -- what an agent does all day --


def test_the_keyboard_alone(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    one, two = citizens.ask("web:a", "护照怎么换"), citizens.ask("web:b", "户口怎么迁")
    keys = wang.page.keyboard
    expect(wang.page.locator(".entry")).to_have_count(2)
    keys.press("j")
    keys.press("j")
    keys.press("k")
    expect(wang.entry("护照怎么换")).to_be_focused()
    keys.press("Enter")
    expect(wang.said("护照怎么换")).to_be_visible()
    keys.press("t")
    expect(wang.composer).to_be_focused()
    keys.type("请带旧护照。")
    keys.press("Shift+Enter")
    keys.type("谢谢")
    keys.press("Enter")
    expect(wang.said("请带旧护照。")).to_contain_text("已存")
    keys.press("Escape")
    keys.press("e")
    wang.dialog("办结").get_by_label("咨询主题").fill("护照换发")
    keys.press("Enter")
    expect(wang.dialog("办结")).to_be_hidden()
    keys.press("1")
    expect(wang.page.locator(".entry")).to_have_count(1)
    keys.press("n")
    expect(wang.said("户口怎么迁")).to_be_visible()
    keys.press("?")
    expect(wang.dialog("快捷键")).to_be_visible()
    keys.press("Escape")
    expect(wang.dialog("快捷键")).to_be_hidden()
    keys.press("c")
    expect(wang.page.locator("#filter")).to_be_focused()
    with store.read() as tx:
        assert handovers.get(tx, one.id).topic == "护照换发" and handovers.get(tx, two.id).assigned_to == "wangfang"
    assert citizens.texts("web:a")[1] == "请带旧护照。\n谢谢"


def test_answered_and_closed_one_after_the_other(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    answer = "不用带，窗口免费拍照。"
    with store.write() as tx:
        releases.save_drafts(tx, [Faq(id="photo", question="身份证照片自己带吗", answer=answer)], "operator", now())
        releases.publish(tx, "operator", "", now())
    asked = [citizens.ask(f"web:{n}", "身份证照片自己带吗" if n else "护照照片要求") for n in range(3)]
    wang.entry("护照照片要求").click()
    for _ in asked:
        wang.page.get_by_role("button", name="填入答复").first.click()
        expect(wang.composer).to_have_value(answer)
        wang.composer.press("Control+Enter")
        expect(wang.composer).not_to_have_value(answer)
    expect(wang.page.locator("#list")).to_contain_text("现在没有群众等待")
    for n in range(3):
        texts = citizens.texts(f"web:{n}")
        assert texts[0] == answer and len(texts) == 2 and "满意" in texts[1]


def test_same_questions_are_answered_at_once(wang: AgentsPage, citizens: Citizens) -> None:
    for n in range(5):
        citizens.ask(f"web:{n}", "新生儿上户口要带什么材料")
    wang.page.get_by_role("button", name="同类问题 1 组，共 5 人").click()
    group = wang.page.locator(".group")
    group.get_by_role("checkbox").nth(4).uncheck()
    group.get_by_role("textbox").fill("请带出生医学证明和户口本。")
    group.get_by_role("button", name="答复并办结 4 位").click()
    expect(group).to_contain_text("已答复并办结 4 位")
    expect(wang.page.locator(".entry")).to_have_count(1)
    assert citizens.texts("web:4") == [] and citizens.texts("web:3")[0] == "请带出生医学证明和户口本。"


def test_hidden_data_is_shown_for_a_reason(wang: AgentsPage, citizens: Citizens) -> None:
    citizens.ask("web:a", "请打13800138000找我")
    wang.page.keyboard.press("n")
    chip = wang.log.get_by_role("button", name="手机号（已隐藏）")
    chip.click()
    wang.dialog("查看手机号").get_by_label("为什么要看").fill("核对预约电话")
    wang.dialog("查看手机号").get_by_role("button", name="查看").click()
    expect(wang.log).to_contain_text("13800138000")
    assert "13800138000" not in wang.page.url
    stored = "Object.values({...localStorage, ...sessionStorage}).join()"
    assert "13800138000" not in wang.page.evaluate(stored)


def test_a_window_that_ran_out_ends_as_a_task(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    citizens.ask("wechat:a", "护照怎么换")
    with store.write() as tx:
        windows.open_window(tx, "wechat:a", "message", now() - timedelta(hours=47, minutes=59, seconds=57))
    wang.page.keyboard.press("n")
    wang.composer.fill("请带旧护照")
    wang.page.wait_for_timeout(3500)
    wang.composer.press("Enter")
    unsent = wang.page.locator(".unsent")
    expect(unsent).to_contain_text("48小时窗口已关")
    unsent.get_by_role("button", name="转电话待办").click()
    wang.dialog("转为电话待办").get_by_role("button", name="生成待办").click()
    expect(unsent).to_have_count(0)
    wang.turn_to("待跟进")
    expect(wang.entry("订阅通知")).to_be_visible()


def test_a_window_runs_out_while_nobody_does_anything(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    wang.context.clock.install()
    wang.page.reload()
    wang.wait_online()
    citizens.ask("wechat:a", "护照怎么换")
    with store.write() as tx:
        windows.open_window(tx, "wechat:a", "message", now() - timedelta(hours=47, minutes=59, seconds=55))
    wang.page.keyboard.press("n")
    expect(wang.page.locator("#rest")).to_have_text("还可发 4 条")
    wang.page.wait_for_timeout(5500)
    wang.context.clock.fast_forward(61_000)
    expect(wang.page.locator("#rest")).to_contain_text("48小时窗口已关")
    expect(wang.entry("护照怎么换")).to_contain_text("48小时窗口已关")


# -- what goes wrong --


def test_a_draft_outlives_its_tab(wang: AgentsPage, citizens: Citizens) -> None:
    citizens.ask("web:a", "护照怎么换")
    wang.page.keyboard.press("n")
    wang.composer.fill("您好，请带旧护照和")
    wang.page.close()
    wang.tab()
    wang.wait_online()
    wang.turn_to("我的会话")
    wang.entry("护照怎么换").click()
    expect(wang.composer).to_have_value("您好，请带旧护照和")
    wang.page.on("dialog", lambda dialog: dialog.accept())
    wang.press("退出")
    assert "旧护照" not in wang.page.evaluate("Object.values({...localStorage}).join()")


def test_one_of_two_takes_it_and_the_other_learns_who(wang: AgentsPage, li: AgentsPage, citizens: Citizens) -> None:
    citizens.ask("web:a", "护照怎么换")
    for agent in (wang, li):
        agent.entry("护照怎么换").click()
        expect(agent.said("护照怎么换")).to_be_visible()
    stale = re.compile(r"/desk/(lists|conversations/\d+)$")
    li.page.route(stale, lambda route: route.abort())
    wang.press("接入")
    expect(wang.page.locator(".talk .head")).to_contain_text("您在接待")
    li.press("接入")
    expect(li.page.locator("#banner")).to_contain_text("已由王芳接待")
    li.page.unroute(stale)
    expect(li.page.locator(".talk .head")).to_contain_text("王芳在接待", timeout=30_000)
    assert citizens.texts("web:a") == ["工作人员王芳来为您服务了，请说。"]


def test_a_conversation_transferred_away_while_typing(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    id = citizens.ask("web:a", "护照怎么换").id
    wang.page.keyboard.press("n")
    wang.composer.fill("我正在写")
    with store.write() as tx:
        presence.beat(tx, "liqiang", now())
        handovers.transfer(tx, id, "wangfang", now(), to="liqiang")
    expect(wang.page.locator(".talk .notices")).to_contain_text("转给了李强")
    expect(wang.page.locator(".talk .notices")).to_contain_text("草稿还在")
    expect(wang.composer).to_have_value("我正在写")
    expect(wang.composer).not_to_be_editable()


def test_a_citizen_who_leaves_in_the_middle(wang: AgentsPage, citizens: Citizens, store: Database) -> None:
    id = citizens.ask("wechat:a", "护照怎么换").id
    wang.page.keyboard.press("n")
    expect(wang.composer).to_be_visible()  # before, it is editable all the same, and the citizen still waits
    with store.write() as tx:
        handovers.withdraw(tx, id, now(), "unsubscribed")
    expect(wang.page.locator(".talk .notices")).to_contain_text("取消关注")
    wang.close_talk()


def test_a_killed_console_loses_and_doubles_nothing(
    wang: AgentsPage, console: ConsoleProcess, citizens: Citizens
) -> None:
    citizens.ask("web:a", "护照怎么换")
    wang.page.keyboard.press("n")
    wang.say("第1句")
    expect(wang.said("第1句")).to_contain_text("已存")
    # The answer to a post is lost on its way: the server has it, the page does not know.
    wang.page.route("**/say", lambda route: (route.fetch(), route.abort()), times=1)
    with wang.page.expect_event("requestfailed", lambda request: request.url.endswith("/say")):
        wang.say("第2句")
    wang.say("第3句")
    console.kill()
    wang.say("第4句")
    expect(wang.page.locator("#connection")).to_contain_text("连接中断", timeout=15_000)
    expect(wang.said("第4句")).to_contain_text(re.compile("发送中|正在重试"))
    console.start()
    wang.wait_online()
    citizens.say("web:a", "谢谢")
    expect(wang.said("第4句")).to_contain_text("已存", timeout=30_000)
    expect(wang.said("谢谢")).to_be_visible()
    assert citizens.texts("web:a")[1:] == ["第1句", "第2句", "第3句", "第4句"]
    expect(wang.page.locator(".unsent")).to_have_count(0)


def test_an_answer_that_breaks_off_is_no_answer(wang: AgentsPage, citizens: Citizens) -> None:
    """As when the server dies while it answers: the page asks again, and nothing is stored twice."""
    citizens.ask("web:a", "护照怎么换")
    wang.page.keyboard.press("n")
    expect(wang.composer).to_be_visible()

    def break_off(route: Route) -> None:
        route.fetch()
        route.fulfill(status=200, content_type="application/json", body='{"outbox": 1, "reco')

    wang.page.route("**/say", break_off, times=1)
    wang.say("请带旧护照")
    wang.say("还有照片")
    expect(wang.page.locator(".said.person", has_text="还有照片")).to_contain_text("已存", timeout=15_000)
    assert citizens.texts("web:a")[1:] == ["请带旧护照", "还有照片"]


def test_what_was_under_way_when_the_browser_closed(wang: AgentsPage, citizens: Citizens) -> None:
    citizens.ask("web:a", "护照怎么换")
    wang.page.keyboard.press("n")
    expect(wang.composer).to_be_visible()
    wang.page.route("**/say", lambda route: route.abort())
    wang.say("请带旧护照")
    expect(wang.page.locator(".unsent")).to_contain_text("正在重试")
    wang.page.close()
    wang.tab()
    wang.wait_online()
    wang.turn_to("我的会话")
    wang.entry("护照怎么换").click()
    expect(wang.said("请带旧护照")).to_contain_text("已存")
    assert citizens.texts("web:a")[1:] == ["请带旧护照"]


def test_a_session_that_ends_leads_to_the_sign_in_and_back(
    wang: AgentsPage, citizens: Citizens, store: Database
) -> None:
    citizens.ask("web:a", "护照怎么换")
    wang.page.keyboard.press("n")
    wang.composer.fill("写到一半")
    with store.write() as tx:
        sessions.end_all(tx, accounts.get(tx, "wangfang").id)
    wang.page.wait_for_url("**/sign-in?**", timeout=30_000)
    wang.sign_in()
    assert wang.page.url.endswith("/desk")
    wang.turn_to("我的会话")
    wang.entry("护照怎么换").click()
    expect(wang.composer).to_have_value("写到一半")


@pytest.mark.parametrize("viewport", [NARROW, {"width": 1280, "height": 720}], ids=["narrow", "desktop"])
def test_it_fits_the_screen(
    browser: Browser, console: ConsoleProcess, citizens: Citizens, viewport: dict[str, int]
) -> None:
    for n in range(200):
        citizens.ask(f"web:{n}", f"第{n}个问题，{'很长' * 30}", elderly=n % 2 == 0, misses=n % 3)
    agent = AgentsPage(browser, console.address, "wangfang", viewport=viewport)
    expect(agent.page.locator(".entry")).to_have_count(200)
    assert not agent.wide()
    agent.page.locator(".entry").first.click()
    agent.press("接入")
    agent.say("您好，" + "请带身份证" * 40)
    expect(agent.page.locator(".said.person")).to_contain_text("已存")
    assert not agent.wide()
    box = agent.page.get_by_role("button", name="发送", exact=True).bounding_box()
    assert box and box["y"] + box["height"] <= viewport["height"]
    assert agent.problems == []
    agent.context.close()
