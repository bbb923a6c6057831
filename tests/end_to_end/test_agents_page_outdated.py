"""What was worded or quoted before the content changed does not leave the agents' page as if it still held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from agents_page import AgentsPage, Citizens, ConsoleProcess, hire, now
from playwright.sync_api import expect
from web_chat import CHROMIUM, chromium

from desk import approvals
from foundation.database import Database
from foundation.migrate import upgrade
from knowledge_base.model import Faq, Source
from knowledge_base.store import releases

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
OLD, NEW = "补领身份证要交 100 元。", "补领身份证不收费。"


def publish(database: Database, answer: str) -> None:
    law = Source(title="中华人民共和国居民身份证法", article="第二十条")
    with database.write() as tx:
        unit = Faq(id="fee", question="补领身份证要交多少钱", answer=answer, sources=(law,))
        releases.save_drafts(tx, [unit], "operator", now())
        releases.publish(tx, "operator", "", now())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[AgentsPage, Citizens]]:
    """One agent's page, and those who write to it, with the old answer published."""
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    hire(database, "wangfang", "王芳")
    publish(database, OLD)
    with ConsoleProcess(url) as console, chromium() as browser:
        agent = AgentsPage(browser, console.address, "wangfang")
        yield agent, Citizens(database)
        assert agent.problems == []
    database.close()


def test_a_held_answer_that_holds_no_longer_is_corrected_from_what_holds_now(
    desk: tuple[AgentsPage, Citizens],
) -> None:
    agent, citizens = desk
    told = {"kind": "faq", "id": "fee", "title": "补领身份证要交多少钱", "release": 1, "record": "AAAA-0000"}
    with citizens.database.write() as tx:
        body = {"text": OLD, "custom": {"answer": told}}
        new = approvals.NewApproval("web:a", "web", "turn:1", "补领多少钱", body)
        approvals.ask(tx, new, now() + timedelta(minutes=15), now())
    publish(citizens.database, NEW)
    agent.turn_to("待跟进")
    agent.entry("补领多少钱").click()
    card = agent.page.locator(".approval")
    expect(card).to_contain_text("后来更新过")
    expect(card.get_by_role("button", name="原样发出")).to_have_count(0)
    agent.press("更正后发出")
    expect(agent.page.locator("#banner")).to_contain_text("后来更新过")
    assert citizens.texts("web:a") == []
    agent.press("看现在的答复")
    agent.press("填入答复")
    expect(card.get_by_label("更正后的答复")).to_have_value(NEW)
    agent.press("更正后发出")
    expect(agent.page.locator(".talk .notices")).to_contain_text("已按更正后的答复发出")
    assert citizens.texts("web:a") == [NEW]


def test_a_quotation_that_changed_before_it_was_sent_is_put_in_anew(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    citizens.ask("web:a", "补领身份证要交多少钱")
    agent.page.keyboard.press("n")
    agent.press("填入答复")
    agent.composer.press("End")
    agent.composer.type("请慢走。")
    publish(citizens.database, NEW)
    agent.composer.press("Enter")
    expect(agent.said("没有发出")).to_contain_text("更新过")
    agent.press("放回输入框")
    agent.page.get_by_role("button", name="查知识库").last.click()
    expect(agent.page.locator(".unit")).to_contain_text(NEW)
    agent.press("填入答复")
    expect(agent.composer).to_have_value(f"{NEW}请慢走。")
    agent.composer.press("Enter")
    expect(agent.said(NEW)).to_contain_text("记录号")
    assert citizens.texts("web:a")[-1] == f"{NEW}请慢走。" and OLD not in "".join(citizens.texts("web:a"))


def test_what_holds_now_is_shown_from_what_was_not_sent(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    citizens.ask("web:a", "补领身份证要交多少钱")
    agent.page.keyboard.press("n")
    agent.press("填入答复")
    publish(citizens.database, NEW)
    agent.composer.press("Enter")
    agent.press("看现在的内容")
    expect(agent.page.locator(".unit")).to_contain_text(NEW)


def test_same_questions_are_not_answered_with_what_has_changed(desk: tuple[AgentsPage, Citizens]) -> None:
    agent, citizens = desk
    for n in range(3):
        citizens.ask(f"web:{n}", "补领身份证要交多少钱")
    agent.page.get_by_role("button", name="同类问题 1 组，共 3 人").click()
    group = agent.page.locator(".group")
    agent.press("填入答复")
    expect(group).to_contain_text("依据知识库")
    publish(citizens.database, NEW)
    group.get_by_role("button", name="答复并办结 3 位").click()
    expect(group).to_contain_text("更新过")
    expect(group.get_by_role("textbox")).to_have_value(OLD)
    group.get_by_role("button", name="查知识库").click()
    expect(agent.page.locator(".unit")).to_contain_text(NEW)
    agent.press("填入答复")
    expect(group.get_by_role("textbox")).to_have_value(NEW)
    group.get_by_role("button", name="答复并办结 3 位").click()
    expect(group).to_contain_text("已答复并办结 3 位")
    assert [citizens.texts(f"web:{n}")[0] for n in range(3)] == [NEW] * 3
