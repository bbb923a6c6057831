"""The agents' page shows what is true also when answers are slow, come late, or never come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents_page import AgentsPage, Citizens, ConsoleProcess, hire
from playwright.sync_api import expect
from web_chat import CHROMIUM, chromium

from foundation.database import Database
from foundation.migrate import upgrade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
SLOWLY = """([ending, waits]) => {
  const real = window.fetch;
  window.fetch = async (url, ...rest) => {
    const answer = await real(url, ...rest);
    if (new RegExp(ending).test(url)) {
      await new Promise((go) => setTimeout(go, waits.length > 1 ? waits.shift() : waits[0]));
    }
    return answer;
  };
}"""
"""Answers that the server has given stay so many milliseconds on their way: each wait is for one, the last for all."""
LISTS, TALK = "/desk/lists$", r"/desk/conversations/\d+$"
WITHIN = 10.0
"""Seconds, on a machine that may be busy; an answer takes a little more than one."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[AgentsPage, Citizens]]:
    """One agent's page, and those who write to it."""
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    hire(database, "wangfang", "王芳")
    with ConsoleProcess(url) as console, chromium() as browser:
        agent = AgentsPage(browser, console.address, "wangfang")
        yield agent, Citizens(database)
        assert agent.problems == []
    database.close()


def test_a_late_answer_is_not_shown_over_a_later_one(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    agent.page.evaluate(SLOWLY, [LISTS, [3000, 0]])
    citizens.ask("web:a", "护照怎么换")
    agent.page.wait_for_timeout(1500)  # its list is under way
    citizens.ask("web:b", "户口怎么迁")
    agent.page.wait_for_timeout(3000)
    expect(agent.page.locator(".entry")).to_have_count(2)


def test_slow_answers_are_shown_though_something_changes_all_the_time(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    citizens.ask("web:a", "护照怎么换")
    agent.page.keyboard.press("n")
    expect(agent.composer).to_be_visible()
    agent.page.evaluate(SLOWLY, [TALK, [1200]])
    began, number = time.monotonic(), 0
    while not agent.said("第1句话").count():
        assert time.monotonic() - began < WITHIN, "not shown as long as the citizen writes"
        number += 1
        citizens.say("web:a", f"第{number}句话")
        agent.page.wait_for_timeout(300)


def test_a_search_that_nobody_waits_for_is_given_up(desk: tuple[AgentsPage, Citizens]) -> None:
    """Or six of them would take all that a browser asks of a server at once."""
    agent, citizens = desk
    agent.page.route("**/desk/knowledge", lambda route: None)
    citizens.ask("web:a", "护照怎么换")
    citizens.ask("web:b", "户口怎么迁")
    with agent.page.expect_request("**/desk/knowledge"):
        agent.entry("护照怎么换").click()
    with agent.page.expect_event("requestfailed", lambda request: request.url.endswith("/desk/knowledge")):
        agent.entry("户口怎么迁").click()


def test_an_answer_that_never_comes_is_not_waited_for(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    agent.page.route("**/desk/lists", lambda route: None, times=1)
    agent.context.clock.install()
    with agent.page.expect_request("**/desk/lists"):
        citizens.ask("web:a", "护照怎么换")
    agent.page.wait_for_timeout(500)
    agent.context.clock.fast_forward(31_000)  # half of what the page waits until it fetches all by itself
    agent.page.wait_for_timeout(500)
    agent.context.clock.fast_forward(4_000)
    expect(agent.entry("护照怎么换")).to_be_visible()
