"""A sentence is changed in one browser, reviewed in another, published in a third: the running bot says it at once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from city import City
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, chromium

from foundation import accounts
from knowledge_base.editing import trail
from knowledge_base.model import UnitKey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
PASSWORD = "correct horse 9"
ID, QUESTION = "test-telescope", "市民中心的望远镜可以借吗"
OTHER = "test-telescope-fee"
FAQ = """
kind: faq
id: {id}
question: {question}
answer: {answer}
sources: [{{title: 示例市市民中心器材借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
---
kind: faq
id: test-telescope-fee
question: 市民中心借望远镜要交押金吗
answer: 不用交押金。
sources: [{{title: 示例市市民中心器材借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""
AT_ONCE = 10.0
"""Seconds, generously, for what takes less than one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def faq(city: City, tmp_path: Path) -> Iterator[None]:
    """Two FAQs as they are at first; gone at the end."""
    before = city.conversation().say("身份证丢了怎么补办").answer["release"]
    file = tmp_path / "faq.yaml"
    file.write_text(FAQ.format(id=ID, question=QUESTION, answer="可以借一天。"), encoding="utf-8")
    city.zhengwu("kb", "import", str(file))
    city.zhengwu("kb", "publish")
    yield
    city.zhengwu("kb", "rollback", str(before))


def signed_in(city: City, browser: Browser, name: str, role: str) -> Page:
    with city.database.write() as tx:
        if name not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, name, PASSWORD, [role], datetime.now(timezone.utc))
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    page.goto(f"{city.console}/content")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="内容", exact=True)).to_be_visible()
    return page


def seconds_until(city: City, text: str) -> float:
    """How long the running bot takes to answer with a text."""
    began = time.monotonic()
    while text not in city.conversation().say(QUESTION).text:
        assert time.monotonic() - began < AT_ONCE, f"the bot does not say {text}"
    return time.monotonic() - began


def test_written_reviewed_published_said_and_taken_back(city: City, browser: Browser, faq: None) -> None:
    old = city.conversation().say(QUESTION)
    assert "可以借一天" in old.text
    li, wang = signed_in(city, browser, "edit-li", "editor"), signed_in(city, browser, "edit-wang", "reviewer")
    chen = signed_in(city, browser, "edit-chen", "supervisor")
    unit = f"{city.console}/content/units/faq/{ID}"

    li.goto(f"{unit}/edit")
    li.get_by_role("textbox", name=re.compile("^回答")).fill("可以借三天，请带身份证。")
    li.get_by_role("button", name="保存草稿").click()
    li.get_by_role("button", name="送审").click()
    expect(li.get_by_role("status")).to_have_text("已送审。")
    expect(li.get_by_role("button", name="审核通过")).to_have_count(0)

    wang.goto(unit)
    expect(wang.locator("ins").first).to_be_visible()
    wang.get_by_role("button", name="审核通过").click()
    expect(wang.get_by_role("status")).to_have_text("已审核通过。")
    assert "可以借一天" in city.conversation().say(QUESTION).text

    chen.goto(unit)
    chen.get_by_role("link", name="试答并发布").click()
    expect(chen.get_by_text("没有发现问题。")).to_be_visible()
    chen.get_by_role("button", name="发布", exact=True).click()
    expect(chen.get_by_role("status")).to_contain_text("已发布为第")
    print(f"said {seconds_until(city, '可以借三天'):.2f} s after the page said that it is published")

    # What was said before is still there, word for word.
    li.goto(f"{city.console}/content/records/{old.answer['record']}")
    expect(li.locator("blockquote").first).to_contain_text("可以借一天。")

    # One unit goes back, and nothing else.
    city_other = "不用交押金"
    chen.goto(unit)
    chen.get_by_role("button", name="退回上一版内容").click()
    expect(chen.get_by_role("status")).to_contain_text("已退回上一版内容")
    seconds_until(city, "可以借一天")
    assert city_other in city.conversation().say("市民中心借望远镜要交押金吗").text
    with city.database.read() as tx:
        done = [(step.account, step.verdict) for step in reversed(trail.trail(tx, UnitKey("faq", ID)))]
    assert done == [
        ("edit-li", "saved"),
        ("edit-li", "submitted"),
        ("edit-wang", "approved"),
        ("edit-chen", "published"),
    ]
