"""A citizen and an agent talk, and gateway, worker and console are killed under them, more than once each.

Whatever was written arrives on the other side once and in its order, the tracker has all of it, the agent can close the
conversation and the robot goes on. What is killed when is decided by SEED.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from agents_page import AgentsPage, open_desk_of
from city import City, running
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from web_chat import CHROMIUM, PHONE, WebChat, chromium
from wechat_page import SENT, WechatPage, process, wechat_settings

from desk import handovers
from foundation import dialogue
from foundation.inbox import DONE, inbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
SEED = 20261127
KILLED = ("gateway", "worker", "console") * 2
IN_A_ROW = 2
"""Messages of one side before the other says something."""
PAUSE = 0.1, 0.9
BETWEEN = 2, 6
"""Messages between one kill and the next."""
AT_MOST = 80
"""Messages in all: then they wait for whoever is still to be killed to be there again."""
ALL_HERE = 120.0
"""Seconds for a process to be there again, and for a message to arrive after that."""
SAID = re.compile("(坐席|群众)第([0-9]+)句")


class Citizen(Protocol):
    unsent: int
    """Messages that may wait on the agent's page: those that were sent at last must be within the channel's quota."""

    def say(self, text: str) -> None: ...
    def ready(self, killed: str) -> bool:
        """Whether this process may be killed now without taking away what the platform does not bring again."""

    def can_speak(self, city: City) -> bool: ...
    def shown(self) -> str:
        """All that the citizen has before them, in order."""


class OnTheWeb(WebChat):
    unsent = AT_MOST

    def ready(self, killed: str) -> bool:
        return True

    def can_speak(self, city: City) -> bool:
        return True

    def shown(self) -> str:
        return "\n".join(self.page.locator(".them .text").all_inner_texts())


class OnWechat(WechatPage):
    """The platform asks three times within moments, and tells who wrote that it failed: they write when it works."""

    unsent = IN_A_ROW

    def ready(self, killed: str) -> bool:
        return killed != "gateway" or self.posted.filter(has_text="等待应答").count() == 0

    def can_speak(self, city: City) -> bool:
        return city.pid("gateway") is not None

    def shown(self) -> str:
        return "\n".join(self.page.locator("#chat .account .bubble").all_inner_texts())


@dataclass
class Talk:
    """What both sides have said so far, by number."""

    city: City
    agent: AgentsPage
    citizen: Citizen
    said: list[str] = field(default_factory=list)

    def of(self, who: str) -> list[str]:
        return [text for text in self.said if text.startswith(who)]

    def go_on(self, chance: random.Random) -> None:
        """One says something."""
        last = [text[:2] for text in self.said[-IN_A_ROW:]]
        who = chance.choice(("坐席", "群众"))
        if last == [who] * IN_A_ROW:
            who = "群众" if who == "坐席" else "坐席"
        if who == "群众" and not self.citizen.can_speak(self.city):
            return
        if who == "坐席" and self.agent.page.locator(".unsent").count() >= self.citizen.unsent:
            return
        text = f"{who}第{len(self.of(who)) + 1}句"
        (self.agent if who == "坐席" else self.citizen).say(text)
        self.said.append(text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture
def wechat_city(tmp_path: Path) -> Iterator[City]:
    with running(tmp_path, **wechat_settings()) as city:
        yield city


def test_on_the_web_with_sqlite(city: City, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    kill_in_the_middle(city, browser, OnTheWeb(context, city.address))
    context.close()


def test_on_the_web_with_postgresql(postgresql_city: City, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    kill_in_the_middle(postgresql_city, browser, OnTheWeb(context, postgresql_city.address))
    context.close()


def test_on_wechat(wechat_city: City, browser: Browser) -> None:
    """Where the platform takes no id of ours, each kill may show one message twice."""
    own = wechat_city.environment
    with process("wechat-simulator", own, own["ZHENGWU_WECHAT_API_BASE"]) as address:
        context = browser.new_context(viewport=PHONE, locale="zh-CN")
        kill_in_the_middle(wechat_city, browser, OnWechat(context, address), twice=KILLED.count("gateway"))
        context.close()


def kill_in_the_middle(city: City, browser: Browser, citizen: Citizen, twice: int = 0) -> None:
    """`twice`: so many messages to the citizen may be shown to them once more."""
    chance = random.Random(SEED)
    kills = chance.sample(KILLED, len(KILLED))
    print(f"seed {SEED}: {', '.join(kills)}")
    with open_desk_of(city.database, zhangwei="张伟"):
        agent = AgentsPage(browser, city.console, "zhangwei")
        citizen.say("身份证丢了怎么补办")
        until(lambda: "居民身份证丢失补领" in citizen.shown())
        citizen.say("转人工")
        expect(agent.entry("居民身份证")).to_be_visible(timeout=SENT)
        agent.page.keyboard.press("n")
        until(lambda: "张伟来为您服务了" in citizen.shown())
        with city.database.read() as tx:
            [found] = handovers.of_agent(tx, "zhangwei")

        talk = Talk(city, agent, citizen)
        next_kill, deadline = chance.randint(*BETWEEN), time.monotonic() + ALL_HERE * len(kills)
        while kills or len(talk.said) < next_kill:
            assert time.monotonic() < deadline, f"{kills} cannot be killed:\n{city.log()[-3000:]}"
            if len(talk.said) < AT_MOST:
                talk.go_on(chance)
            due = kills and len(talk.said) >= next_kill and citizen.ready(kills[0])
            if due and (pid := city.pid(kills[0])) is not None:
                time.sleep(chance.uniform(0, 0.05))
                os.kill(pid, signal.SIGKILL)
                print(f"after {talk.said[-1]}: {kills.pop(0)}")
                next_kill = len(talk.said) + chance.randint(*BETWEEN)
            agent.page.wait_for_timeout(1000 * chance.uniform(*PAUSE))
        until(lambda: all(city.pid(service) for service in KILLED), ALL_HERE)

        to_agent, to_citizen = talk.of("群众"), talk.of("坐席")
        until(lambda: heard(citizen.shown(), "坐席")[-1:] == to_citizen[-1:], ALL_HERE, citizen.shown)
        until(lambda: seen(agent, "citizen")[-1:] == to_agent[-1:], ALL_HERE, agent.log.inner_text)
        arrived = heard(citizen.shown(), "坐席")
        once = [text for place, text in enumerate(arrived) if text not in arrived[:place]]
        assert once == to_citizen, "each in its order"
        assert len(arrived) - len(once) <= twice
        assert seen(agent, "citizen") == to_agent and seen(agent, "person") == to_citizen
        expect(agent.page.locator(".unsent")).to_have_count(0)
        expect(agent.page.locator(".mark", has_text=re.compile("已送达|不确定"))).to_have_count(
            len(to_citizen), timeout=SENT
        )
        with city.database.read() as tx:
            lines = dialogue.transcript(tx, found.conversation)
            messages = tx.execute(select(inbox.c.state).where(inbox.c.conversation == found.conversation)).scalars()
            assert set(messages) == {DONE}
        assert [line.text for line in lines if line.who == "person"] == to_citizen
        assert [line.text for line in lines if line.who == "citizen" and SAID.fullmatch(line.text)] == to_agent
        assert not [line for line in lines[lines.index(last_word(lines)) :] if line.who == "robot"], (
            "the robot is silent"
        )

        agent.close_talk()
        until(lambda: "这次服务您满意吗" in citizen.shown())
        citizen.say("那多少钱")
        until(lambda: "40元" in citizen.shown())
        assert agent.problems == []
        agent.context.close()


def until(true: Callable[[], bool], seconds: float = SENT / 1000, instead: Callable[[], str] = str) -> None:
    """`instead` tells how things stand when it is not so in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, instead()
        time.sleep(0.1)


def heard(text: str, who: str) -> list[str]:
    return [found[0] for found in SAID.finditer(text) if found[1] == who]


def seen(agent: AgentsPage, who: str) -> list[str]:
    """What somebody said, on the agent's page."""
    texts = agent.page.locator(f".said.{who} .text").all_inner_texts()
    return [text for text in texts if SAID.fullmatch(text)]


def last_word(lines: list[dialogue.Line]) -> dialogue.Line:
    """The first that was said once a person had it."""
    return next(line for line in lines if SAID.fullmatch(line.text))
