"""Tables of figures as files: the numbers of the page, what they are about, and nothing that a spreadsheet executes."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import unquote

import insights_office
import pytest
from console_people import Browser, Office
from insights_page import Seen
from openpyxl import load_workbook

ASKED = "since=2026-11-01&until=2026-11-20&channel=web"
TABLES = {
    "/insights": ("overview", ("by_day", "by_hour", "by_channel", "by_region")),
    "/insights/topics": ("topics", ("by_unit", "by_department", "by_aspect", "badly_rated", "overdue", "never_used")),
    "/insights/people": ("people", ("waits_by_day", "waits_by_department", "by_agent", "scores", "bad_ratings")),
    "/insights/unanswered": ("unanswered", ("by_day", "unanswered")),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Instead of an empty database, one after a busy month, to be copied."""
    file = tmp_path_factory.mktemp("month") / "zhengwu.db"
    insights_office.a_month(file, asked=600, talked=60)
    return file


@pytest.fixture
def chen(office: Office) -> Browser:
    browser = Browser(office)
    browser.seat("chen", "supervisor")
    return browser


def as_csv(browser: Browser, page: str, table: str, asked: str = ASKED) -> list[list[str]]:
    answer = browser.get(f"/insights/file?page={page}&table={table}&form=csv&{asked}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_every_table_is_a_file_with_the_numbers_of_the_page(chen: Browser) -> None:
    for path, (page, tables) in TABLES.items():
        html = chen.get(f"{path}?{ASKED}").text
        shown = Seen(html).tables
        assert set(re.findall(r"table=(\w+)&amp;form=csv", html)) == set(tables)
        for table in tables:
            rows = as_csv(chen, page, table)
            title, scope, made, gap, heads, *body = rows
            assert scope == ["2026-11-01至2026-11-20、网页"] and made[0].startswith("数据截至 2026-11-23") and gap == []
            [book] = load_workbook(
                io.BytesIO(chen.get(f"/insights/file?page={page}&table={table}&form=xlsx&{ASKED}").content)
            ).worksheets
            assert [book["A1"].value, book["A2"].value] == [title[0], scope[0]]
            assert book.max_row == len(rows) and [cell.value for cell in book[5]] == heads
            if title[0] not in shown:
                assert body == []
                continue
            first = shown[title[0]]
            counted = next((head for head in first.head if head in ("咨询", "会话", "次数", "差评待办", "差评")), None)
            if counted is not None:
                place = heads.index(counted)
                assert [int(row[place]) for row in body[: len(first.rows)]] == [
                    cell.number for cell in first.column(counted).values()
                ]


def test_shares_and_times_are_numbers(chen: Browser) -> None:
    heads, first = as_csv(chen, "overview", "by_channel")[4:6]
    answered, asked = (int(first[heads.index(name)]) for name in ("答上", "咨询"))
    assert 0 < float(first[heads.index("答上占比")]) <= 1 and 0 < answered <= asked
    book = load_workbook(
        io.BytesIO(chen.get(f"/insights/file?page=overview&table=by_channel&form=xlsx&{ASKED}").content)
    ).active
    cell = book.cell(6, heads.index("答上占比") + 1)
    assert cell.value == pytest.approx(float(first[heads.index("答上占比")])) and cell.number_format == "0.0%"
    waits = as_csv(chen, "people", "waits_by_day")
    assert "排队（中位）（秒）" in waits[4]
    assert any(re.fullmatch(r"\d+\.\d+|\d+", row[waits[4].index("排队（中位）（秒）")]) for row in waits[5:])


def test_what_a_citizen_typed_is_no_formula(chen: Browser) -> None:
    asked = [row[0] for row in as_csv(chen, "unanswered", "unanswered", "")[5:]]
    assert "'=1+1 这样的也能问吗" in asked and not [text for text in asked if text[:1] in "=+-@"]
    content = chen.get("/insights/file?page=unanswered&table=unanswered&form=xlsx").content
    cells = [row[0] for row in load_workbook(io.BytesIO(content)).active.iter_rows(min_row=6)]
    [typed] = [cell for cell in cells if str(cell.value).startswith("=1+1")]
    assert (typed.data_type, typed.quotePrefix) == ("s", True)


def test_what_is_behind_a_figure_is_a_file_too(office: Office, chen: Browser) -> None:
    page = chen.get(f"/insights/questions?decision=refused&{ASKED}").text
    link = re.search(r'href="(/insights/file\?[^"]+form=csv[^"]*)"', page)
    assert link is not None
    answer = chen.get(link[1].replace("&amp;", "&"))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    refused = Seen(chen.get(f"/insights?{ASKED}").text).tables["各渠道"].column("没答上")["网页"].number
    assert rows[0] == ["提问明细、没答上"] and len(rows) - 5 == refused > 0
    assert {row[2] for row in rows[5:]} == {"没答上"} and "secret-" not in answer.text and "⟦" not in answer.text
    assert "我的手机（手机号）能收到通知吗" in {row[1] for row in rows[5:]}
    assert ("chen", "insights.export", "提问明细、没答上") in office.audited()
    for name in ("talks", "ratings"):
        page = chen.get(f"/insights/{name}?period=days30").text
        shown = re.findall(r'<td data-label="时间"', page)
        content = chen.get(f"/insights/file?page={name}&form=xlsx&period=days30").content
        sheet = load_workbook(io.BytesIO(content)).active
        assert sheet.max_row - 5 == len(shown) > 0
        assert "secret-" not in str([[cell.value for cell in row] for row in sheet.rows])


def test_a_sheet_is_named_whatever_the_unit_is_called(office: Office, chen: Browser) -> None:
    answer = chen.get("/insights/file?page=questions&form=xlsx&unit=item:a[1]:/?*")
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[0].startswith("提问明细")


def test_the_name_says_what_it_is_about(chen: Browser) -> None:
    answer = chen.get("/insights/file?page=overview&table=by_day&form=csv&period=month&department=%E5%85%AC%E5%AE%89")
    named = answer.headers["content-disposition"]
    assert 'filename="zhengwu-by_day-20261101-20261123.csv"' in named
    assert unquote(named.partition("UTF-8''")[2]) == "每天的咨询-2026-11-01至2026-11-23、公安.csv"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("wrong", ["page=x&table=by_day&form=csv", "page=overview&table=x&form=csv",
                                   "page=overview&table=by_day&form=exe", ""])  # fmt: skip
def test_there_is_no_other_file(chen: Browser, wrong: str) -> None:
    assert chen.get(f"/insights/file?{wrong}").status_code == 404
