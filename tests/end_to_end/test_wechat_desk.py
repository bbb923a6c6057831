"""A citizen on WeChat and agents in real browsers: a whole conversation within the platform's quota, and windows that
run out. Gateway, worker, console and simulator are processes of their own; the trained assistant answers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from agents_page import AgentsPage, open_desk_of
from city import City, free_port
from playwright.sync_api import Browser, expect
from sqlalchemy import update
from web_chat import CHROMIUM, PHONE, chromium
from wechat_page import SENT, WechatPage, process, wechat_settings

from channels.tables import reply_windows
from channels.windows import MESSAGE_SPAN
from desk import handovers, ratings, speech, tasks
from desk.handovers import CLOSED, Handover
from desk.tasks import DONE, Task
from foundation.outbox import DELIVERED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
SOON = 15_000
SEND = "/cgi-bin/message/custom/send"
OUT_OF_TIME = 45015


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def platform(city: City) -> Iterator[str]:
    """A simulator, and a second gateway on the city's database that has the account; the simulator's address."""
    lines, port = wechat_settings(), free_port()
    own = {**city.environment, **lines, "ZHENGWU_BOT_PORT": str(port)}
    with (
        process("gateway", own, f"http://127.0.0.1:{port}/health"),
        process("wechat-simulator", own, lines["ZHENGWU_WECHAT_API_BASE"]) as address,
    ):
        yield address


@pytest.fixture
def desk(city: City) -> Iterator[str]:
    with open_desk_of(city.database, zhangwei="张伟", zhoujie="周洁"):
        yield city.console


class Citizen(WechatPage):
    """Somebody with a telephone; `name` is how the platform calls them."""

    def __init__(self, browser: Browser, address: str, city: City) -> None:
        self.context = browser.new_context(viewport=PHONE, locale="zh-CN")
        super().__init__(self.context, address)
        self.name = self.page.locator("#user").inner_text()
        self.conversation = f"wechat:{self.name}"
        self.city = city

    def ask_for_a_person(self, question: str) -> Handover:
        self.say(question)
        expect(self.received.first).to_be_visible(timeout=SENT)
        self.say("转人工")
        expect(self.page.locator("#chat")).to_contain_text("返回", timeout=SENT)
        with self.city.database.read() as tx:
            found = handovers.current(tx, self.conversation)
        assert found is not None
        return found

    def is_refused_next(self, errcode: int) -> None:
        """The platform will refuse the next message, whatever anybody believed of the window."""
        post = (
            "body => fetch('/simulator/fault', {method: 'POST', body, headers: {'Content-Type': 'application/json'}})"
        )
        self.page.evaluate(post, json.dumps({"path": SEND, "errcode": errcode}))

    def two_days_pass(self) -> None:
        """Since their last message, for the platform and for us."""
        self.page.locator(".forward[data-minutes='2940']").click()
        expect(self.page.locator("#facts")).to_contain_text("不能主动发消息")
        mine = reply_windows.c.conversation == self.conversation
        with self.city.database.write() as tx:
            for name in ("message_until", "action_until", "opened_at"):
                row = tx.execute(reply_windows.select().where(mine)).mappings().one()
                tx.execute(update(reply_windows).where(mine).values({name: row[name] - MESSAGE_SPAN}))

    def task(self) -> Task:
        """The one that there is, or will be soon; done or not."""
        states, deadline = (tasks.OPEN, tasks.TAKEN, DONE), time.monotonic() + SOON / 1000
        while True:
            with self.city.database.read() as tx:
                found = [one for one in tasks.listing(tx, states) if one.conversation == self.conversation]
            if found or time.monotonic() > deadline:
                [only] = found
                return only
            time.sleep(0.1)


@pytest.fixture
def citizens(browser: Browser, platform: str, city: City) -> Iterator[tuple[Citizen, Citizen]]:
    two = Citizen(browser, platform, city), Citizen(browser, platform, city)
    yield two
    for each in two:
        assert each.problems == []
        each.context.close()


@pytest.fixture
def citizen(citizens: tuple[Citizen, Citizen]) -> Citizen:
    return citizens[0]


@pytest.fixture
def agent(browser: Browser, desk: str) -> Iterator[AgentsPage]:
    page = AgentsPage(browser, desk, "zhangwei")
    yield page
    assert page.problems == []
    page.context.close()


def rest(agent: AgentsPage, citizen: Citizen, count: int) -> None:
    """What the agent's page says may be sent, and what the platform itself takes."""
    expect(agent.page.locator("#rest")).to_have_text(f"还可发 {count} 条", timeout=SOON)
    expect(agent.page.locator(".talk .head .window")).to_contain_text(f"还可发 {count} 条，剩 47 小时", timeout=SOON)
    expect(citizen.page.locator("#facts")).to_contain_text(f"还可以主动发 {count} 条", timeout=SOON)


def test_a_whole_conversation(city: City, desk: str, browser: Browser, agent: AgentsPage, citizen: Citizen) -> None:
    first, second = agent, AgentsPage(browser, desk, "zhoujie")
    citizen.say("身份证丢了怎么补办")
    expect(citizen.page.locator("#chat")).to_contain_text("居民身份证法", timeout=SENT)
    citizen.say("转人工")
    expect(citizen.received.last).to_contain_text("下一位", timeout=SENT)

    entry = first.entry("居民身份证").filter(has_text="公众号")
    expect(entry).to_contain_text("还可发 5 条")
    entry.click()
    first.press("接入")
    expect(citizen.received.last).to_contain_text("工作人员张伟来为您服务了", timeout=SENT)
    rest(first, citizen, 4)
    for n in range(1, 6):
        first.say(f"坐席第{n}句")
        expect(citizen.received.last).to_contain_text(f"坐席第{n}句", timeout=SENT)
        rest(first, citizen, 3 if n == 1 else 4)
        citizen.say(f"群众第{n}句")
        expect(first.said(f"群众第{n}句")).to_be_visible(timeout=SOON)
        rest(first, citizen, 5)

    for left in (4, 3, 2, 1, 0):
        first.say(f"坐席第{10 - left}句")
        expect(citizen.received.last).to_contain_text(f"坐席第{10 - left}句", timeout=SENT)
        if left:
            rest(first, citizen, left)
    expect(first.page.locator("#rest")).to_contain_text("群众再发消息后才能继续回复")
    first.say("坐席第11句")
    unsent = first.page.locator(".unsent")
    expect(unsent).to_contain_text("渠道允许的条数已用完")
    expect(unsent).to_contain_text("您写的内容还在")
    citizen.say("群众第6句")
    rest(first, citizen, 5)
    unsent.get_by_role("button", name="重发").click()
    expect(citizen.received.last).to_contain_text("坐席第11句", timeout=SENT)
    rest(first, citizen, 4)
    expect(unsent).to_have_count(0)

    spoken = [*(f"{who}第{n}句" for n in range(1, 6) for who in ("坐席", "群众"))]
    spoken += [*(f"坐席第{n}句" for n in range(6, 11)), "群众第6句", "坐席第11句"]
    said = re.compile("(?:坐席|群众)第[0-9]+句")
    assert said.findall("\n".join(first.page.locator(".said .text").all_inner_texts())) == spoken
    assert said.findall("\n".join(citizen.page.locator("#chat .bubble").all_inner_texts())) == spoken
    expect(first.page.locator(".mark", has_text="已送达")).to_have_count(11, timeout=SOON)

    first.press("转接")
    transfer = first.dialog("转接")
    transfer.get_by_label("转给同事").select_option("zhoujie")
    transfer.get_by_role("button", name="转接").click()
    expect(citizen.received.last).to_contain_text("您的问题转给了工作人员周洁", timeout=SENT)
    second.turn_to("我的会话")
    second.entry("居民身份证").click()
    rest(second, citizen, 3)
    second.say("您好，我接着为您办理。")
    expect(citizen.received.last).to_contain_text("我接着为您办理", timeout=SENT)
    rest(second, citizen, 2)
    second.press("办结")
    close = second.dialog("办结")
    close.get_by_label("处理结果").select_option("referred")
    close.get_by_label("咨询主题").fill("身份证补领加急")
    close.get_by_role("button", name="办结").click()
    expect(close).to_be_hidden()

    expect(citizen.received.last).to_contain_text("这次服务您满意吗", timeout=SENT)
    expect(citizen.received.last).to_contain_text("1. 非常满意")
    citizen.say("1")
    expect(citizen.received.last).to_contain_text("谢谢您的评价", timeout=SENT)
    before = citizen.received.count()
    citizen.say("那多少钱")
    expect(citizen.received.nth(before)).to_contain_text("居民身份证丢失补领", timeout=SENT)
    expect(citizen.page.locator("#chat")).to_contain_text("40元")

    with city.database.read() as tx:
        [found] = handovers.of_conversation(tx, citizen.conversation)
        sent = speech.deliveries(tx, found.id)
        rating = ratings.of_subject(tx, found.conversation, f"handover:{found.id}")
    assert (found.state, found.outcome, found.topic) == (CLOSED, "referred", "身份证补领加急")
    assert rating is not None and (rating.score, rating.account) == (5, "zhoujie")
    assert {one.state for one in sent} == {DELIVERED} and len(sent) == 12
    assert second.problems == []
    second.context.close()


# -- windows that run out --


def take(agent: AgentsPage, found: Handover) -> None:
    agent.page.locator(f"[data-name=talk-{found.id}]").click()
    agent.press("接入")
    expect(agent.page.locator(".talk .head")).to_contain_text("您在接待")


def test_while_an_agent_has_the_conversation(citizen: Citizen, agent: AgentsPage) -> None:
    found = citizen.ask_for_a_person("护照怎么换")
    citizen.say("打我13800138000")
    expect(citizen.page.locator("#chat")).to_contain_text("号码记下了", timeout=SENT)
    take(agent, found)
    rest(agent, citizen, 4)
    agent.composer.fill("请带旧护照和身份证。")
    citizen.two_days_pass()
    agent.composer.press("Enter")
    unsent = agent.page.locator(".unsent")
    expect(unsent).to_contain_text("请带旧护照和身份证。")
    expect(unsent).to_contain_text("48小时窗口已关")
    expect(agent.page.locator(".talk .notices")).to_contain_text("发不了消息")
    expect(agent.page.locator("#rest")).to_contain_text("48小时窗口已关")
    unsent.get_by_role("button", name="转电话待办").click()
    agent.dialog("转为电话待办").get_by_role("button", name="生成待办").click()
    expect(agent.page.locator("#banner")).to_contain_text("已生成待办：电话答复")
    expect(unsent).to_have_count(0)
    task = citizen.task()
    assert (task.kind, task.detail["text"]) == (tasks.PHONE, "请带旧护照和身份证。")
    agent.close_talk()
    agent.turn_to("待跟进")
    agent.page.locator(f"[data-name=task-{task.id}]").click()
    expect(agent.page.locator(".talk .details")).to_contain_text("请带旧护照和身份证。")
    expect(agent.page.locator(".talk .head")).to_contain_text("手机号（已隐藏）")


def test_refused_though_the_window_seemed_open(citizen: Citizen, agent: AgentsPage) -> None:
    found = citizen.ask_for_a_person("护照怎么换")
    take(agent, found)
    rest(agent, citizen, 4)
    citizen.is_refused_next(OUT_OF_TIME)
    agent.say("请带旧护照。")
    said = agent.said("请带旧护照。")
    expect(said).to_contain_text("未送达：渠道窗口已关", timeout=SOON)
    expect(agent.page.locator(".talk .notices")).to_contain_text("群众再发消息后才能继续回复")
    said.get_by_role("button", name="转电话待办").click()
    agent.dialog("转为电话待办").get_by_role("button", name="生成待办").click()
    expect(agent.page.locator("#banner")).to_contain_text("已生成待办：订阅通知")
    agent.say("还要带照片。")
    expect(agent.page.locator(".unsent")).to_contain_text("您写的内容还在")
    citizen.say("我回来了")
    expect(agent.said("我回来了")).to_be_visible(timeout=SOON)
    agent.page.locator(".unsent").get_by_role("button", name="重发").click()
    expect(agent.page.locator(".mark", has_text="已送达")).to_have_count(2, timeout=SOON)
    texts = "\n".join(citizen.page.locator("#chat .bubble").all_inner_texts())
    assert re.findall("请带旧护照。|我回来了|还要带照片。", texts) == ["我回来了", "请带旧护照。", "还要带照片。"]
    agent.close_talk()


def test_refused_after_the_conversation_was_closed(citizen: Citizen, agent: AgentsPage) -> None:
    """Nobody looks at it any more: it becomes a task by itself, and is settled when the message arrives after all."""
    found = citizen.ask_for_a_person("护照怎么换")
    agent.page.locator(f"[data-name=talk-{found.id}]").click()
    expect(agent.said("护照怎么换")).to_be_visible()
    citizen.is_refused_next(OUT_OF_TIME)
    agent.composer.fill("请带旧护照。")
    agent.composer.press("Control+Enter")
    expect(agent.composer).to_be_hidden()
    task = citizen.task()
    agent.turn_to("待跟进")
    expect(agent.page.locator(f"[data-name=task-{task.id}]")).to_contain_text("订阅通知", timeout=SOON)
    assert (task.kind, task.handover, task.detail["text"]) == (tasks.SUBSCRIPTION, found.id, "请带旧护照。")
    citizen.say("谢谢")
    expect(citizen.page.locator("#chat")).to_contain_text("请带旧护照。", timeout=SENT)
    expect(agent.page.locator(f"[data-name=task-{task.id}]")).to_have_count(0, timeout=SOON)
    assert (citizen.task().state, citizen.task().outcome) == (DONE, "settled")


def test_while_they_wait(citizens: tuple[Citizen, Citizen], agent: AgentsPage) -> None:
    """Who can be sent nothing any more waits in vain: who left a number is called."""
    for each in citizens:
        each.ask_for_a_person("护照怎么换")
    citizens[0].say("打我13800138000")
    expect(citizens[0].page.locator("#chat")).to_contain_text("号码记下了", timeout=SENT)
    for each in citizens:
        each.two_days_pass()
    first, second = (each.task() for each in citizens)
    assert (first.kind, second.kind) == (tasks.PHONE, tasks.SUBSCRIPTION)
    assert first.contact is not None and first.detail["why"] == "window"
    expect(agent.page.locator("#tab-waiting b")).to_be_hidden(timeout=SOON)
    agent.turn_to("待跟进")
    expect(agent.page.locator(f"[data-name=task-{first.id}]")).to_contain_text("电话答复", timeout=SOON)
    expect(agent.page.locator(f"[data-name=task-{second.id}]")).to_contain_text("订阅通知", timeout=SOON)
