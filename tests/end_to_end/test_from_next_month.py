"""A fee that changes with the month, and a text put off until then: answered rightly before and after midnight.

The clock of the running system is moved (moved_clock/sitecustomize.py); it goes on meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from city import City, running
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, chromium

from foundation import accounts
from foundation.clock import CHINA
from foundation.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
PASSWORD = "correct horse 9"
ITEM, FAQ = "test-telescope-loan", "test-telescope-night"
FEE, NIGHT = "望远镜借用多少钱", "市民中心的望远镜晚上可以借吗"
CONTENT = """
kind: item
id: test-telescope-loan
name: 望远镜借用
sources: [{title: 示例市市民中心器材借用办法, date: 2026-01-01}]
aspects:
  fee: [{name: 借用费, amount: 20}]
  place: {text: 市民中心一楼。}
---
kind: faq
id: test-telescope-night
question: 市民中心的望远镜晚上可以借吗
answer: 晚上不借。
sources: [{title: 示例市市民中心器材借用办法, date: 2026-01-01}]
"""
BEFORE = timedelta(minutes=30)
"""Long enough for all that is done before midnight, shorter than a session lasts."""
PATIENCE = 60.0


class MovedClock:
    """The clock of a system's processes."""

    def __init__(self, folder: Path) -> None:
        self._ahead = folder / "ahead"
        path = os.pathsep.join((str(Path(__file__).with_name("moved_clock")), str(ROOT)))
        self.environment = {"PYTHONPATH": path, "MOVED_CLOCK": str(self._ahead)}

    def set(self, instant: datetime) -> None:
        """Let it be that instant now, in all processes at once."""
        new = self._ahead.with_suffix(".new")
        new.write_text(str((instant - datetime.now(timezone.utc)).total_seconds()), encoding="ascii")
        new.replace(self._ahead)


def first_of_next_month() -> date:
    today = datetime.now(CHINA).date()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running_browser:
        yield running_browser


def signed_in(city: City, browser: Browser, name: str, role: str) -> Page:
    with city.database.write() as tx:
        accounts.add(tx, name, PASSWORD, [role], datetime.now(timezone.utc))
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    page.goto(f"{city.console}/content")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="内容", exact=True)).to_be_visible()
    return page


def pass_review(page: Page, reviewer: Page, unit: str) -> None:
    """Send the unit on the editor's page to review, and have it pass."""
    page.get_by_role("button", name="送审").click()
    expect(page.get_by_role("status")).to_have_text("已送审。")
    reviewer.goto(unit)
    reviewer.get_by_role("button", name="审核通过").click()
    expect(reviewer.get_by_role("status")).to_have_text("已审核通过。")


def until_said(city: City, question: str, text: str) -> None:
    """Wait until the running bot answers with a text; every try is another citizen's."""
    deadline = time.monotonic() + PATIENCE
    while text not in (said := city.conversation().say(question).text):
        assert time.monotonic() < deadline, f"the bot does not say {text}:\n{said}"


def test_a_fee_and_a_text_from_next_month(tmp_path: Path, browser: Browser) -> None:
    month = first_of_next_month()
    midnight = datetime(month.year, month.month, month.day, tzinfo=CHINA)
    clock = MovedClock(tmp_path)
    clock.set(midnight - BEFORE)
    with running(tmp_path, **clock.environment) as city:
        file = tmp_path / "telescope.yaml"
        file.write_text(CONTENT, encoding="utf-8")
        city.zhengwu("kb", "import", str(file))
        city.zhengwu("kb", "publish")
        li, wang = signed_in(city, browser, "month-li", "editor"), signed_in(city, browser, "month-wang", "reviewer")
        units = f"{city.console}/content/units"

        # Li enters the new fee, Wang reads and publishes it: today's fee holds, and the new one is announced.
        li.goto(f"{units}/item/{ITEM}/edit")
        fee = li.locator("#section-fee")
        fee.get_by_role("button", name="从某日起改变…").click()
        later = fee.get_by_role("group", name="收费：从某日起")
        expect(later.get_by_label("从这一天起改为")).to_have_value(month.isoformat())
        later.get_by_label("收费1：金额").fill("35")
        li.get_by_role("button", name="保存草稿").click()
        pass_review(li, wang, f"{units}/item/{ITEM}")
        wang.get_by_role("link", name="试答并发布").click()
        wang.get_by_role("button", name="发布", exact=True).click()
        expect(wang.get_by_role("status")).to_contain_text("已发布为第")

        # An answer that becomes another at midnight is scheduled.
        li.goto(f"{units}/faq/{FAQ}/edit")
        li.get_by_role("textbox", name="回答").fill("晚上可以借，九点以前还。")
        li.get_by_role("button", name="保存草稿").click()
        pass_review(li, wang, f"{units}/faq/{FAQ}")
        wang.get_by_role("link", name="试答并发布").click()
        wang.get_by_label("定时发布").fill(midnight.strftime("%Y-%m-%dT%H:%M"))
        wang.get_by_role("button", name="发布", exact=True).click()
        expect(wang.get_by_role("status")).to_contain_text("已排定")

        until_said(city, FEE, "35元")
        citizen = city.conversation()
        before = citizen.say(FEE)
        assert before.answer["id"] == ITEM and "借用费：20元" in before.text
        assert f"从{month.year}年{month.month}月1日起有变化：借用费：35元" in before.text
        assert "晚上不借" in city.conversation().say(NIGHT).text

        clock.set(midnight + timedelta(seconds=1))
        after = citizen.say(FEE)
        assert after.answer["id"] == ITEM and "借用费：35元" in after.text and "20元" not in after.text
        until_said(city, NIGHT, "九点以前还")

        # What was said before midnight is still there, word for word.
        li.goto(f"{city.console}/content/records/{before.answer['record']}")
        told = li.locator("blockquote").first
        expect(told).to_contain_text("借用费：20元")
        expect(told).to_contain_text(f"从{month.year}年{month.month}月1日起有变化：借用费：35元")
