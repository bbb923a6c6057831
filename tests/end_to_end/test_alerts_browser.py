"""From a surge in the running system to a notice in the web chat: found, looked after, and told to citizens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from agents_page import PASSWORD, hire
from city import City, prepared
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, WebChat, chromium

from foundation.clock import CHINA
from foundation.database import Database
from insights import recording
from insights.recording import Turn
from tests.insights.synthetic_city import City as Turns
from tests.insights.synthetic_city import store

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")]
COMPUTER = {"width": 1366, "height": 768}
ITEM, QUESTION = "resident-id-replacement", "身份证丢了怎么补办"
NOTICE = "身份证业务系统升级，今天请改用网上办理。"
LOOKS = 180_000
"""Milliseconds within which the worker has learned and looked, on a busy machine."""


def ask(database: Database, people: int, first: int = 0) -> None:
    now = datetime.now(timezone.utc)
    about = {"unit_kind": "item", "unit_id": ITEM, "department": "公安局", "region": "990102"}
    with database.write() as tx:
        for number in range(first, first + people):
            at = now - timedelta(seconds=10 * (number - first))
            recording.write(tx, Turn(at, f"web:surge-{number}", "web", QUESTION, "item", "answered", **about))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A system with three weeks behind it."""
    with prepared(tmp_path_factory.mktemp("alerts")) as city:
        today = datetime.now(CHINA).date()
        for rows in Turns(seed=3, units=20).days(today - timedelta(days=21), 21, 8400):
            store(city.database, rows)
        hire(city.database, "chief", "陈主任", "supervisor")
        ask(city.database, 60)
        try:
            city.start()
            yield city
        finally:
            city.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def signed_in(browser: Browser, city: City, size: dict[str, int]) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{city.console}/insights/alerts")
    page.get_by_label("账号").fill("chief")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="预警", exact=True)).to_be_visible()
    return page, problems


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_a_surge_to_a_notice(browser: Browser, city: City, tmp_path: Path) -> None:
    page, problems = signed_in(browser, city, COMPUTER)
    # By itself, without the page being opened anew: the worker looks once a minute.
    link = page.locator("#alerts").get_by_role("link", name="咨询激增").first
    expect(link).to_be_visible(timeout=LOOKS)
    expect(page.locator(".beside-nav .count")).to_be_visible(timeout=30_000)
    page.screenshot(path=tmp_path / "alerts.png")
    assert fits(page)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("人问“居民身份证丢失补领”")).to_be_visible()
    expect(page.get_by_text(QUESTION).first).to_be_visible()
    page.get_by_role("button", name="我来处理").click()
    expect(page.get_by_text("已经记下：由您处理。")).to_be_visible()
    expect(page.locator(".beside-nav .count")).to_have_count(0, timeout=30_000)
    page.screenshot(path=tmp_path / "alert.png", full_page=True)

    page.get_by_role("link", name="发紧急提示").click()
    page.get_by_label("对群众说的话").fill(NOTICE)
    page.get_by_label("全部", exact=True).check()
    page.screenshot(path=tmp_path / "notice.png")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="请再看一遍")).to_be_visible()
    page.get_by_role("button", name="确认，马上生效").click()
    expect(page.get_by_text("紧急提示已经生效")).to_be_visible()

    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    chat = WebChat(context, city.address)
    before = chat.replies.count()
    chat.say(QUESTION)
    expect(chat.replies.filter(has_text=NOTICE)).to_have_count(1, timeout=30_000)
    assert chat.replies.count() > before and chat.problems == [] and problems == []
    context.close()


def test_on_a_phone(browser: Browser, city: City, tmp_path: Path) -> None:
    page, problems = signed_in(browser, city, PHONE)
    link = page.locator("#alerts").get_by_role("link", name="咨询激增").first
    expect(link).to_be_visible(timeout=LOOKS)
    assert fits(page)
    page.screenshot(path=tmp_path / "phone-list.png", full_page=True)
    link.click()
    expect(page.get_by_role("heading", name="为什么报")).to_be_visible()
    assert fits(page)
    page.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert problems == []
