"""A wrong answer is corrected: drafted and sent in two people's browsers, and read in the citizen's open web chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from city import City
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, WebChat, chromium

from foundation import accounts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
PASSWORD = "correct horse 9"
ID, QUESTION = "test-kite-lending", "市民中心可以借风筝给小孩玩吗"
FAQ = """
kind: faq
id: {id}
question: {question}
similar_questions: [能不能借风筝, 在哪里借风筝]
answer: 可以，每人每次借{count}，当天归还。
sources: [{{title: 示例市市民中心风筝借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""
WITHIN = 20_000
"""Milliseconds, generously, for what takes two seconds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def published(city: City, tmp_path: Path) -> Iterator[Path]:
    """The FAQ as it is at first; gone at the end."""
    before = city.conversation().say("身份证丢了怎么补办").answer["release"]
    yield tmp_path / "faq.yaml"
    city.zhengwu("kb", "rollback", str(before))


def publish(city: City, file: Path, count: str) -> None:
    file.write_text(FAQ.format(id=ID, question=QUESTION, count=count), encoding="utf-8")
    city.zhengwu("kb", "import", str(file))
    city.zhengwu("kb", "publish")


def signed_in(city: City, browser: Browser, name: str, role: str) -> Page:
    """The console in a browser of this person's own."""
    now = datetime.now(timezone.utc)
    with city.database.write() as tx:
        if name not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, name, PASSWORD, [role], now)
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    page.goto(f"{city.console}/content/recalls")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="更正告知")).to_be_visible()
    return page


def test_a_correction_reaches_the_open_web_chat(city: City, browser: Browser, published: Path) -> None:
    publish(city, published, "一个")
    chat = WebChat(browser.new_context(), city.address)
    chat.say(QUESTION)
    expect(chat.replies.last).to_contain_text("每人每次借一个", timeout=WITHIN)
    record = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", chat.replies.last.text_content() or "")
    assert record is not None
    said = chat.replies.count()

    publish(city, published, "两个")
    li, wang = signed_in(city, browser, "recall-li", "editor"), signed_in(city, browser, "recall-wang", "reviewer")
    li.goto(f"{city.console}/content/records")
    li.get_by_label("咨询记录号").fill(record[0].lower().replace("0", "o"))
    li.get_by_role("button", name="查看").click()
    expect(li.locator("blockquote").first).to_contain_text("可以，每人每次借一个，当天归还。")
    expect(li.locator("ins")).to_have_text("可以，每人每次借两个，当天归还。")
    li.get_by_role("link", name="起草更正告知").click()
    li.get_by_label("更正的原因").fill("数量写错了")
    li.get_by_role("button", name="存为草稿").click()
    expect(li.get_by_text("已起草。请另一位同事核对后发送。")).to_be_visible()
    expect(li.get_by_role("button", name="核对无误")).to_have_count(0)

    wang.goto(li.url.partition("?")[0])
    wang.get_by_role("button", name="核对无误，发给 1 人").click()
    expect(chat.replies).to_have_count(said + 1, timeout=WITHIN)
    expect(chat.replies.last).to_contain_text("更正告知：您于")
    expect(chat.replies.last).to_contain_text("现更正为：")
    expect(chat.replies.last).to_contain_text("每人每次借两个")
    expect(chat.replies.last).to_contain_text(record[0])
    # The numbers of the page follow without anybody's doing.
    expect(wang.locator("[data-total=reached]")).to_have_text("1", timeout=WITHIN)
    expect(wang.locator("[data-state]")).to_have_text("已发完", timeout=WITHIN)

    # The old record still says what was said, and leads to the correction.
    li.goto(f"{city.console}/content/records/{record[0]}")
    expect(li.locator("blockquote").first).to_contain_text("可以，每人每次借一个，当天归还。")
    li.locator("p.note .code").click()
    expect(li.locator("blockquote").first).to_contain_text("更正告知：您于")
    expect(li.get_by_text("recall-wang")).to_be_visible()
    assert chat.problems == []
