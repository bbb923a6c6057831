"""月报, 质检 and 数据公开 in a real browser, on a computer and a phone; answers are scored with the keyboard alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, chromium

from foundation import accounts
from foundation.clock import CHINA
from foundation.database import Database
from foundation.migrate import upgrade
from insights.months import Month

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "insights"))

from checked_month import october
from console_process import Running
from pdf_text import pages

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")]
COMPUTER = {"width": 1366, "height": 768}
PASSWORD = "correct horse 9"
PEOPLE = {"chen": "supervisor", "li": "reviewer"}
SIZES = pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a loaded machine is slow
    with chromium() as browser:
        yield browser
    expect.set_options(timeout=5_000)


class Checked:
    """A console whose last month is over, and the people who look at it."""

    def __init__(self, browser: Browser, running: Running, month: Month) -> None:
        self.browser, self.running, self.month = browser, running, month
        self.problems: list[str] = []

    def open(self, name: str, path: str, size: dict[str, int] = COMPUTER) -> Page:
        context = self.browser.new_context(viewport=size, locale="zh-CN", accept_downloads=True)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{self.running.address}{path}")
        page.get_by_label("账号").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("h1")).not_to_have_text("工作人员登录")
        return page


@pytest.fixture
def checked(browser: Browser, tmp_path: Path) -> Iterator[Checked]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    now = datetime.now(timezone.utc)
    month = Month.last_complete(now)
    database = Database(url)
    with database.write() as tx:
        for name, role in PEOPLE.items():
            accounts.add(tx, name, PASSWORD, [role], now, display_name=name)
    at = datetime(month.year, month.number, 12, 10, tzinfo=CHINA).astimezone(timezone.utc)
    october(database, now, robot=12, at=at)
    database.close()
    running = Running(tmp_path, url)
    running.wait()
    yield Checked(browser, running, month)
    running.process.kill()
    running.process.wait()


def fits(page: Page) -> bool:
    """Whether nobody has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@SIZES
def test_a_months_report_is_read_taken_out_and_finalised(checked: Checked, size: dict[str, int]) -> None:
    page = checked.open("chen", "/insights/reports", size)
    month = checked.month
    page.get_by_role("link", name=f"{month.year}年{month.number}月", exact=True).click()
    expect(page.get_by_role("heading", name=f"智能问答运行月报（{month.year}年{month.number}月）")).to_be_visible()
    expect(page.get_by_role("cell", name="12", exact=True).first).to_be_visible()
    expect(page.get_by_role("img", name="二、每天的咨询量")).to_be_visible()
    assert fits(page)
    file = page.request.get(f"{checked.running.address}/insights/reports/{month}.pdf").body()
    assert f"智能问答运行月报（{month.year}年{month.number}月）" in pages(file)[0]
    page.get_by_role("button", name="定稿").click()
    expect(page.locator("p.done")).to_contain_text("已经定稿")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="主导航")).to_be_hidden()
    expect(page.get_by_role("heading", name="一、总体情况")).to_be_visible()
    assert checked.problems == []


@SIZES
def test_answers_are_drawn_and_scored(checked: Checked, size: dict[str, int]) -> None:
    chen = checked.open("chen", "/insights/samples", size)
    chen.get_by_label("从", exact=True).fill(str(checked.month.first))
    chen.get_by_label("到", exact=True).fill(str(checked.month.last))
    chen.get_by_label("智能助手（条）").fill("3")
    chen.get_by_label("坐席（条）").fill("1")
    assert fits(chen)
    chen.get_by_role("button", name="抽取").click()
    expect(chen.locator("p.done")).to_contain_text("已经抽取")
    chen.get_by_text("怎样抽取的").click()
    chen.get_by_role("button", name="重新抽取一次来核对").click()
    expect(chen.locator("p.done")).to_contain_text("完全一致")
    assert fits(chen)

    li = checked.open("li", "/", size)  # whoever may see no other figures is led here all the same
    li.get_by_role("navigation", name="主导航").get_by_role("link", name="数据").click()
    expect(li.get_by_role("heading", name="质检")).to_be_visible()
    li.locator("tbody a").first.click()
    li.get_by_role("link", name="开始评判").click()
    expect(li.get_by_role("heading", name="第 1 条")).to_be_visible()
    assert fits(li)
    li.get_by_label("备注").click()
    li.keyboard.type("1、2 都对")  # figures in the remark choose nothing
    expect(li.get_by_role("heading", name="第 1 条")).to_be_visible()
    expect(li.get_by_label("备注")).to_have_value("1、2 都对")
    li.get_by_role("heading", name="第 1 条").click()
    for place, key in enumerate("1123", 1):
        expect(li.get_by_role("heading", name=f"第 {place} 条")).to_be_visible()
        expect(li.locator("#scoring[data-keys=on]")).to_be_visible()  # the script listens by now
        li.keyboard.press(key)
    expect(li.locator("p.done")).to_contain_text("没有要您评判的了")
    expect(li.get_by_text("已评 4 / 4 条")).to_be_visible()
    expect(li.get_by_text("1、2 都对")).to_be_visible()
    assert fits(li)
    assert checked.problems == []


@SIZES
def test_statistics_are_made_and_taken_out(checked: Checked, size: dict[str, int]) -> None:
    page = checked.open("chen", "/insights/openness", size)
    expect(page.get_by_text("还没有生成过")).to_be_visible()
    page.get_by_role("button", name="现在生成").click()
    expect(page.locator("p.done")).to_have_text("已经生成。")
    assert fits(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="全部下载").click()
    assert taken.value.suggested_filename == f"zhengwu-openness-{checked.month}.zip"
    page.get_by_role("link", name=str(checked.month), exact=True).click()
    expect(page.get_by_role("link", name="questions_by_day.csv")).to_be_visible()
    assert fits(page)
    assert checked.problems == []
