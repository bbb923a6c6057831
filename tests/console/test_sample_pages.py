"""质检 over the pages: drawn by a supervisor, scored by reviewers who see what they need, closed and taken out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from checked_month import october
from console_people import Browser, Office
from openpyxl import load_workbook
from sqlalchemy import select, update

from insights.sampling.tables import quality_sample_lines as lines
from insights.turns import turns
from knowledge_base.records import answer_records

HERE = "/insights/samples"
OCTOBER = {"since": "2026-10-01", "until": "2026-10-31", "robot": "5", "agent": "2"}


@pytest.fixture
def seat(desk: Office) -> Callable[..., Browser]:
    def seated(name: str, *roles: str) -> Browser:
        browser = Browser(desk)
        browser.seat(name, *roles)
        return browser

    return seated


@pytest.fixture
def chief(desk: Office, seat: Callable[..., Browser]) -> Browser:
    october(desk.database, desk.clock.now())
    return seat("chief", "supervisor")


@pytest.fixture
def drawn(chief: Browser) -> str:
    """The address of a sample of five answers of the robot's and two of agents."""
    place = chief.post(HERE, OCTOBER).headers["location"]
    assert place.endswith("?done=drawn")
    return place.partition("?")[0]


def place_of(desk: Office, **wanted: str) -> int:
    """The first line of the sample that is such a one."""
    with desk.database.read() as tx:
        where = [lines.c[name] == value for name, value in wanted.items()]
        found: int = tx.execute(select(lines.c.place).where(*where).order_by(lines.c.place).limit(1)).scalar_one()
    return found


def test_from_the_draw_to_the_result(desk: Office, drawn: str, chief: Browser, seat: Callable[..., Browser]) -> None:
    page = chief.get(f"{drawn}?done=drawn").text
    assert "已经抽取" in page and "已评 0 / 7 条" in page and re.search(r"种子：<span class=\"code\">\w{32}<", page)
    reviewer = seat("li", "reviewer")
    assert HERE in reviewer.get("/").text  # who may open no other page of figures is led here
    onward, verdicts = f"{drawn}/lines/1", iter(["right", "right", "wrong", "partly", "right", "improper", "unclear"])
    for verdict in verdicts:
        assert reviewer.get(onward).status_code == 200
        onward = reviewer.post(onward, {"verdict": verdict, "remark": "请打13812345678核对"}).headers["location"]
    assert onward == f"{drawn}?done=all"
    result = reviewer.get(onward).text
    assert "没有要您评判的了" in result and "已评 7 / 7 条" in result and "13812345678" not in result
    assert "⟦phone⟧" in result and "结束抽检</button>" not in result
    assert chief.post(f"{drawn}/close").headers["location"] == f"{drawn}?done=closed"
    late = reviewer.post(f"{drawn}/lines/1", {"verdict": "wrong", "remark": ""})
    assert late.status_code == 409 and "已经结束" in late.text
    report = chief.get("/insights/reports/2026-10").text
    assert "十、答复质量抽检" in report and "本月没有抽检" not in report
    acts = [act for _, act, _ in desk.audited() if act.startswith("sample.")]
    assert acts == ["sample.draw", *["sample.score"] * 7, "sample.close"]


def test_what_a_reviewer_sees_of_the_robots_answer(desk: Office, drawn: str, seat: Callable[..., Browser]) -> None:
    page = seat("li", "reviewer").get(f"{drawn}/lines/{place_of(desk, speaker='robot')}").text
    assert "身份证多少钱" in page and "⟦phone" not in page  # masked, in words
    assert "40" in page and "内容后来改过" in page and "10" in page  # as it was said, and the unit today
    assert page.count('aria-keyshortcuts="') == 5


def test_nobody_scores_an_own_reply(desk: Office, drawn: str, seat: Callable[..., Browser]) -> None:
    place = place_of(desk, said_by="zhao")
    zhao, li = seat("zhao", "agent", "reviewer"), seat("li", "reviewer")
    own = zhao.get(f"{drawn}/lines/{place}").text
    assert "请由其他同事评判" in own and 'name="verdict"' not in own
    refused = zhao.post(f"{drawn}/lines/{place}", {"verdict": "right", "remark": ""})
    assert refused.status_code == 403 and "请由其他同事评判" in refused.text
    page = li.get(f"{drawn}/lines/{place}").text
    assert "我要带什么" in page and "zhao说：带户口簿来。" in page
    assert li.post(f"{drawn}/lines/{place}", {"verdict": "right", "remark": ""}).status_code == 303
    other = seat("wang", "reviewer").post(f"{drawn}/lines/{place}", {"verdict": "wrong", "remark": ""})
    assert other.status_code == 409 and "另一位同事" in other.text


def test_what_is_locked_or_forgotten_is_not_shown(desk: Office, drawn: str, seat: Callable[..., Browser]) -> None:
    with desk.database.write() as tx:
        tx.execute(update(answer_records).values(conversation=None))
        tx.execute(update(turns).values(conversation=None, question=None))
    li = seat("li", "reviewer")
    agents = li.get(f"{drawn}/lines/{place_of(desk, said_by='zhao')}").text
    assert "带户口簿来" not in agents and "原文看不到了" in agents
    robots = li.get(f"{drawn}/lines/{place_of(desk, speaker='robot')}").text
    assert "问题已经删除" in robots and "40" in robots


def test_the_draw_is_proven(desk: Office, drawn: str, chief: Browser) -> None:
    assert "完全一致" in chief.post(f"{drawn}/proof").text
    with desk.database.write() as tx:
        tx.execute(update(lines).where(lines.c.place == 1).values(record="0000-0000"))
    broken = chief.post(f"{drawn}/proof").text
    assert "不一致" in broken and 'role="alert"' in broken


def test_files_without_formulas(desk: Office, drawn: str, seat: Callable[..., Browser]) -> None:
    li = seat("li", "reviewer")
    li.post(f"{drawn}/lines/1", {"verdict": "right", "remark": "=HYPERLINK(1)"})
    rows = list(csv.reader(io.StringIO(li.get(f"{drawn}/file?form=csv").content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 8 and rows[1][5:] == ["正确", "'=HYPERLINK(1)", "li"]
    book = load_workbook(io.BytesIO(li.get(f"{drawn}/file?form=xlsx").content))
    assert book.sheetnames == ["抽检明细", "抽检结果"] and book["抽检明细"]["G2"].data_type == "s"
    assert book["抽检结果"].max_row >= 4
    assert li.get(f"{drawn}/file?form=doc").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"until": "2026-11-23"}, "已经过去的日期"), ({"since": "2026-11-01"}, "已经过去的日期"),
     ({"since": "x"}, "已经过去的日期"), ({"robot": "501"}, "不超过 500"), ({"robot": "0", "agent": "0"}, "至少有一种"),
     ({"robot": "-1"}, "不超过 500"), ({"since": "2026-01-01", "until": "2026-01-31"}, "没有可以抽检")],
)  # fmt: skip
def test_what_is_not_drawn(chief: Browser, changes: dict[str, str], said: str) -> None:
    refused = chief.post(HERE, {**OCTOBER, **changes})
    assert refused.status_code == 422 and said in refused.text
    assert "还没有抽检过" in chief.get(HERE).text


def test_a_verdict_is_one_of_ours(drawn: str, chief: Browser) -> None:
    for fields in ({"verdict": "great", "remark": ""}, {"verdict": "right", "remark": "长" * 501}, {}):
        assert chief.post(f"{drawn}/lines/1", fields).status_code == 422
    for place in (f"{drawn}/lines/99", f"{HERE}/99", f"{HERE}/99/lines/1", f"{HERE}/99/file?form=csv"):
        assert chief.get(place).status_code == 404
    assert chief.post(f"{HERE}/99/proof").status_code == 404
