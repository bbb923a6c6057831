"""The console in a real browser, a computer's and a phone's: the first sign-in, the second factor, the way out."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, chromium

from foundation import accounts
from foundation.database import Database
from foundation.migrate import upgrade

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))

from console_process import Running

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")]
COMPUTER = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Running]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    running = Running(tmp_path, url)
    running.wait()
    yield running
    running.process.kill()
    running.process.wait()


def opened(browser: Browser, size: dict[str, int]) -> tuple[Page, list[str]]:
    """A browser of somebody's own, and what goes wrong in it."""
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()  # type: ignore[arg-type]
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    return page, problems


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/account")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def fits(page: Page) -> bool:
    """Whether nobody has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
def test_the_first_day_of_an_administrator(browser: Browser, console: Running, size: dict[str, int]) -> None:
    told = re.search(r"账号 admin，一次性密码 (\S+)", console.log.read_text(encoding="utf-8"))
    assert told is not None
    page, problems = opened(browser, size)
    sign_in(page, console.address, "admin", told[1])

    expect(page.get_by_role("heading", name="请先设置自己的密码")).to_be_visible()
    assert fits(page)
    page.get_by_label("一次性密码").fill(told[1])
    page.get_by_label("新密码 至少").fill("a pass of my own")
    page.get_by_label("再输入一次新密码").fill("a pass of my own")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="系统管理员，您好")).to_be_visible()

    page.get_by_role("link", name="系统管理员").click()
    page.get_by_role("link", name="开启二次验证").click()
    assert fits(page)
    secret = page.locator(".secret").inner_text()
    phone = TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30)
    page.get_by_label("验证码").fill(phone.generate(int(datetime.now(timezone.utc).timestamp())).decode())
    page.get_by_role("button", name="开启").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert fits(page)
    recovery = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="我已经保存好了").click()
    expect(page.get_by_text("还剩 10 个恢复码可用")).to_be_visible()

    page.get_by_role("button", name="退出", exact=True).click()
    expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
    page.go_back()  # the page before is not shown from a cache
    page.reload()
    expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()

    sign_in(page, console.address, "admin", "a pass of my own")
    page.get_by_label("验证码或恢复码").fill(recovery)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()  # where they wanted to go
    expect(page.get_by_text("还剩 9 个恢复码可用")).to_be_visible()

    page.get_by_role("link", name="账号管理").click()
    page.get_by_role("link", name="新建账号").click()
    page.get_by_role("textbox", name="账号").fill("lihua")
    page.get_by_label("姓名").fill("李华")
    page.get_by_role("checkbox", name="坐席 接待").check()
    assert fits(page)
    page.get_by_role("button", name="新建并生成一次性密码").click()
    expect(page.locator(".secret")).to_be_visible()
    page.get_by_role("link", name="审计日志").click()
    assert fits(page)
    page.get_by_role("button", name="校验是否被改动").click()
    expect(page.get_by_role("status")).to_contain_text("全部记录完整")
    assert problems == []


def test_the_keyboard_alone_suffices(browser: Browser, console: Running) -> None:
    database = Database(console.database_url)
    with database.write() as tx:
        accounts.add(tx, "lihua", "correct horse 9", ["auditor"], datetime.now(timezone.utc), "李华")
    database.close()
    page, problems = opened(browser, COMPUTER)
    page.goto(f"{console.address}/")
    page.keyboard.type("lihua")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse 9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="李华，您好")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.includes('审计日志')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="审计日志")).to_be_visible()
    assert problems == []


def test_a_page_whose_session_has_ended_leads_to_the_sign_in(browser: Browser, console: Running) -> None:
    database = Database(console.database_url)
    with database.write() as tx:
        account = accounts.add(tx, "lihua", "correct horse 9", ["auditor"], datetime.now(timezone.utc), "李华")
    page, _ = opened(browser, COMPUTER)
    sign_in(page, console.address, "lihua", "correct horse 9")
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    page.evaluate("import('/static/api.js').then((api) => { window.api = api; api.listen(() => {}); })")
    page.wait_for_function("window.api !== undefined")
    with database.write() as tx:
        accounts.disable(tx, account.name, datetime.now(timezone.utc))
    database.close()
    page.wait_for_url("**/sign-in?next=%2Faccount", timeout=10_000)  # the socket was closed
