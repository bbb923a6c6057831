"""Synonyms in real browsers: one writes them, another reviews, a third publishes; and the running bot understands."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from city import City
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, chromium

from foundation import accounts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"the browser {CHROMIUM} is not installed"),
]
PASSWORD = "correct horse 9"
COMPUTER = {"width": 1366, "height": 768}
QUESTION = "汪汪本本怎么办"
MEANT = "养犬"
AT_ONCE = 10.0
"""Seconds, generously, for what takes less than one."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What goes wrong in the editor's scripts."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def before(city: City) -> Iterator[str]:
    """The release as it is at first; it is so again at the end."""
    release = str(city.conversation().say("身份证丢了怎么补办").answer["release"])
    yield release
    city.zhengwu("kb", "rollback", release)


def signed_in(city: City, browser: Browser, name: str, role: str) -> Page:
    with city.database.write() as tx:
        if name not in [one.name for one in accounts.everyone(tx)]:
            accounts.add(tx, name, PASSWORD, [role], datetime.now(timezone.utc))
    page = browser.new_context(viewport=COMPUTER, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto(f"{city.console}/content")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="内容", exact=True)).to_be_visible()
    return page


def title(city: City) -> str:
    """What the running bot takes the question for."""
    answer = city.conversation().say(QUESTION).answer
    return f"{answer['kind']} {answer['title']}"


def seconds_until(city: City, understood: bool) -> float:
    began = time.monotonic()
    while (MEANT in title(city)) is not understood:
        assert time.monotonic() - began < AT_ONCE, title(city)
    return time.monotonic() - began


def test_written_reviewed_published_understood_and_taken_back(
    city: City, browser: Browser, before: str, problems: list[str], tmp_path: Path
) -> None:
    assert MEANT not in title(city)
    li = signed_in(city, browser, "syn-li", "editor")
    wang = signed_in(city, browser, "syn-wang", "reviewer")
    chen = signed_in(city, browser, "syn-chen", "supervisor")

    li.on("console", lambda message: message.type == "error" and problems.append(message.text))
    li.on("pageerror", lambda error: problems.append(str(error)))
    li.get_by_role("link", name="新建同义词").click()
    li.get_by_label("规范用语").fill("养犬登记")
    li.get_by_role("button", name="开始编写").click()
    words = li.get_by_role("textbox", name="群众的说法")
    expect(words).to_be_visible()
    expect(li.get_by_role("heading", name="试一试")).to_be_visible()
    expect(li.locator("#preview")).to_have_count(0)
    words.fill("证\n汪汪本本")
    li.get_by_role("button", name="保存草稿").click()
    expect(li.get_by_role("alert").first).to_contain_text("两个到二十个字")
    expect(words).to_have_attribute("aria-invalid", "true")
    words.fill("汪汪本本\n狗狗户口")
    expect(li.locator("#kept")).to_contain_text("已自动保存", timeout=15000)
    li.screenshot(path=tmp_path / "synonyms.png", full_page=True)
    li.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert li.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    li.screenshot(path=tmp_path / "synonyms_phone.png", full_page=True)
    li.set_viewport_size(COMPUTER)  # type: ignore[arg-type]
    li.keyboard.press("Control+s")
    expect(li.get_by_role("heading", name="养犬登记")).to_be_visible()
    li.wait_for_url(re.compile("/content/units/synonym/[^/]+$"))
    unit = li.url
    li.get_by_role("button", name="送审").click()
    expect(li.locator("p.done")).to_have_text("已送审。")

    # Tried before it is published, with the drafts.
    wang.goto(f"{city.console}/content/try")
    wang.get_by_label("群众怎么问").fill(QUESTION)
    wang.locator("summary").first.click()
    wang.get_by_label("加上我能看到的草稿").check()
    wang.get_by_role("button", name="问", exact=True).click()
    expect(wang.locator("main")).to_contain_text("养犬登记怎么办", timeout=60000)
    wang.goto(unit)
    wang.get_by_role("button", name="审核通过").click()
    expect(wang.locator("p.done")).to_have_text("已审核通过。")
    assert MEANT not in title(city)

    chen.goto(unit)
    chen.get_by_role("link", name="试答并发布").click()
    expect(chen.get_by_text("没有发现问题。")).to_be_visible()
    chen.get_by_role("button", name="发布", exact=True).click()
    expect(chen.locator("p.done")).to_contain_text("已发布为第")
    print(f"understood {seconds_until(city, True):.2f} s after the page said that it is published")
    chen.screenshot(path=tmp_path / "synonyms_published.png", full_page=True)

    city.zhengwu("kb", "rollback", before)
    print(f"and no more {seconds_until(city, False):.2f} s after it was taken back")
