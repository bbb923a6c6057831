"""数据 in a real browser, a computer's and a phone's: charts, the way down to the questions, files; without scripts."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from web_chat import CHROMIUM, PHONE, chromium

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))

import insights_office
from console_process import Running

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium")]
COMPUTER = {"width": 1366, "height": 768}
PATHS = ("", "/topics", "/people", "/unanswered", "/questions", "/talks", "/ratings")
PATIENCE = 60_000
REFUSED = "Applying inline style violates"
"""plotly carries styles for maps, which no chart here is; the policy refuses them, and the browser says so."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("insights")
    url = insights_office.a_month(folder / "zhengwu.db", datetime.now(timezone.utc), asked=3000, talked=100)
    running = Running(folder, url)
    running.wait()
    yield running
    running.process.kill()
    running.process.wait()


class Sitting:
    """Somebody before a screen; what goes wrong there, and where the browser asked for something."""

    def __init__(self, browser: Browser, console: Running, size: dict[str, int], scripts: bool = True) -> None:
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            locale="zh-CN",
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.address = console.address
        self.page.goto(f"{self.address}/account")
        self.page.get_by_label("账号").fill("chen")
        self.page.get_by_label("密码").fill(insights_office.PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", name="我的账号")).to_be_visible(timeout=PATIENCE)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/insights{path}")

    def drawn(self) -> int:
        """How many charts there are, when all have been drawn."""
        charts = self.page.locator("[data-drawing]")
        expect(self.page.locator("[data-done]")).to_have_count(charts.count(), timeout=PATIENCE)
        return charts.count()

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def all_is_well(self) -> None:
        assert [one for one in self.problems if REFUSED not in one] == []
        assert self.hosts <= {urlsplit(self.address).netloc, ""}


@pytest.mark.parametrize("size", [COMPUTER, PHONE], ids=["computer", "phone"])
def test_every_page_is_drawn_and_fits(browser: Browser, console: Running, size: dict[str, int]) -> None:
    sitting = Sitting(browser, console, size)
    drawn = {}
    for path in PATHS:
        sitting.open(path)
        drawn[path] = sitting.drawn()
        assert sitting.fits(), path
        for chart in sitting.page.locator("[data-done] .main-svg").all()[:1]:
            assert (chart.bounding_box() or {"height": 0})["height"] > 100
    assert [drawn[path] for path in PATHS[:4]] == [4, 3, 4, 1]
    sitting.all_is_well()


def test_a_bar_tells_its_number_and_leads_to_the_questions(browser: Browser, console: Running) -> None:
    sitting = Sitting(browser, console, COMPUTER)
    page = sitting.page
    sitting.open("?period=days30")
    sitting.drawn()
    row = page.locator("section", has_text="各渠道").locator("tbody tr").first
    name, answered = row.locator("th").inner_text(), row.locator("td").nth(1).locator("a")
    number, link = answered.inner_text(), answered.get_attribute("href")
    bar = page.locator('[data-drawing="d-by_channel"] .bars .point path').first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    expect(page.locator('[data-drawing="d-by_channel"] .hoverlayer')).to_contain_text(number, timeout=PATIENCE)
    expect(page.locator('[data-drawing="d-by_channel"] .hoverlayer')).to_contain_text(name)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url("**/insights/questions?**")
    assert page.url == f"{sitting.address}{link}"
    expect(page.get_by_role("heading", name="提问明细：答上")).to_be_visible()

    expect(page.locator("tbody tr")).to_have_count(50)
    unit = page.locator('tbody a[href^="/content/units/"]').first
    title = unit.inner_text()
    unit.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    sitting.all_is_well()


def test_the_form_and_a_file(browser: Browser, console: Running, tmp_path: Path) -> None:
    sitting = Sitting(browser, console, COMPUTER)
    page = sitting.page
    sitting.open("")
    page.get_by_label("渠道", exact=True).select_option(label="公众号")
    page.get_by_role("button", name="近 30 天").click()
    expect(page.get_by_role("button", name="近 30 天")).to_have_attribute("aria-current", "true")
    expect(page.locator(".about")).to_contain_text("公众号")
    shown = page.locator("section", has_text="每天的咨询").locator("tbody tr").all_inner_texts()
    with page.expect_download() as coming:
        page.get_by_role("link", name="每天的咨询，下载 CSV").click()
    file = tmp_path / "days.csv"
    coming.value.save_as(file)
    assert re.fullmatch(r"每天的咨询-\d{4}-\d\d-\d\d至\d{4}-\d\d-\d\d、公众号\.csv", coming.value.suggested_filename)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))[5:]
    assert [row[:2] for row in rows] == [line.replace(",", "").split()[:2] for line in shown]
    sitting.all_is_well()


def test_everything_is_there_without_scripts(browser: Browser, console: Running) -> None:
    sitting = Sitting(browser, console, COMPUTER, scripts=False)
    page = sitting.page
    for path in PATHS:
        sitting.open(path)
        expect(page.locator("figure")).to_have_count(page.locator("figure[hidden]").count())
        expect(page.locator("table").first).to_be_visible()
    sitting.open("")
    page.get_by_label("从", exact=True).fill("2026-01-01")
    page.keyboard.press("Enter")  # the days, and no period
    expect(page.locator(".about")).to_contain_text("2026-01-01至")
    page.locator("section", has_text="各渠道").locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="提问明细")).to_be_visible()
    sitting.all_is_well()


def test_a_printed_page_has_the_tables_whole(browser: Browser, console: Running) -> None:
    sitting = Sitting(browser, console, COMPUTER)
    page = sitting.page
    sitting.open("?period=days30")
    sitting.drawn()
    page.emulate_media(media="print")
    for unwanted in (".top", ".scope", ".files"):
        expect(page.locator(unwanted).first).to_be_hidden()
    expect(page.locator(".about")).to_be_visible()
    clipped = "(tables) => tables.filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    assert page.locator(".figures").evaluate_all(clipped) == 0
    sitting.all_is_well()
