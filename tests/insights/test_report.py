"""The monthly report: its figures, on a page and as a PDF that can be read back, and the final one that stays."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from month_of_turns import ask
from pdf_text import count, pages
from sqlalchemy import update

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from insights.months import Month
from insights.naming import Names
from insights.report import html, keeping
from insights.report.gathering import Beside, Missed, Report, gather
from insights.report.keeping import NotFinal
from insights.report.layout import change, lay_out
from insights.report.pdf import pdf
from insights.sampling import sheets
from insights.sampling.drawing import Candidate
from insights.turns import turns

OCTOBER = Month.parse("2026-10")
NAMES = Names({"990102": "东湖区"}, lambda keys: {key: "护照<办理>" for key in keys if key[1] == "passport"})
BESIDE = Beside(
    {"now": {"taken": 12, "wait_median": 90.0, "releases": 3}, "before": {"taken": 10}},
    (Missed("新生儿医保怎么网上办", 30, 22), Missed("只有我一个人问的事", 9, 1)),
)


@pytest.fixture
def report(database: Database, clock: FixedClock) -> Report:
    """Of 100 questions in October and 80 in September."""
    with database.write() as tx:
        ask(tx, 70, 1)
        ask(tx, 20, 31, unit_id="id-card", region="990102", channel="wechat", department="户政科", rating=1)
        ask(tx, 10, 2, kind="fallback", decision="refused", unit_kind=None, unit_id=None, department=None)
        ask(tx, 80, 30, month=9)
        population = [Candidate(f"AAAA-{n:04}", "agent", "户政科", "zhao") for n in range(20)]
        sample = sheets.make(
            tx, population, {"agent": 10}, date(2026, 10, 1), date(2026, 10, 31), "chief", clock.now(), "seed"
        )
        for place in range(1, 9):
            sheets.score(tx, sample.id, place, "right", "", "chief", clock.now())
        return gather(tx, OCTOBER, BESIDE, NAMES, "示例市政务服务中心", clock.now())


def test_the_figures(report: Report) -> None:
    now, before, year_before = (report.figures[name] for name in ("now", "before", "year_before"))
    assert (now["questions"], before["questions"], year_before["questions"]) == (100, 80, 0)
    assert (now["answered"], now["refused"], year_before["answered"]) == (0.9, 0.1, None)
    assert (now["rated"], now["mean_score"], now["bad"], now["taken"], before["taken"]) == (20, 1.0, 20, 12, 10)
    assert dict(report.days)["2026-10-31"] == 20 and len(report.days) == 31
    assert [(row.name, row.now, row.before) for row in report.channels] == [("网页", 80, 80), ("公众号", 20, 0)]
    assert [(row.name, row.now) for row in report.regions] == [("没有说明地区", 80), ("东湖区", 20)]
    assert [(row.name, row.now) for row in report.departments] == [("出入境科", 70), ("户政科", 20), ("没有写部门", 10)]
    assert [(row.name, row.kind, row.now, row.bad) for row in report.items] == [
        ("护照<办理>", "事项", 70, 0), ("id-card", "事项", 20, 20),
    ]  # fmt: skip
    # What one person alone has asked is not told.
    assert [one.text for one in report.missed] == ["新生儿医保怎么网上办"]
    assert [(one["department"], one["drawn"], one["judged"], one["right"]) for one in report.sampling] == [
        (None, 10, 8, 1.0), ("户政科", 10, 8, 1.0),
    ]  # fmt: skip


def test_kept_as_json_it_is_the_same(report: Report) -> None:
    assert Report.of_json(json.loads(json.dumps(report.as_json()))) == report


@pytest.mark.parametrize(
    ("now", "then", "form", "told"),
    [(100, 80, "count", "+25.0%"), (0, 80, "count", "-100.0%"), (5, 0, "count", "—"), (None, 3, "count", "—"),
     (0.9, 0.85, "share", "+5.0 个百分点"), (90, 60, "minutes", "+0.5"), (4.5, 4.0, "score", "+0.50")],
)  # fmt: skip
def test_how_a_figure_has_changed(now: float | None, then: float | None, form: str, told: str) -> None:
    assert change(now, then, form) == told


def test_the_page_tells_all_of_it(report: Report) -> None:
    page = html.document(lay_out(report, final=False))
    assert "智能问答运行月报（2026年10月）" in page and "示例市政务服务中心" in page and "草稿" in page
    assert "护照&lt;办理&gt;" in page and "<办理>" not in page
    assert "新生儿医保怎么网上办" in page and "+25.0%" in page
    # It needs nothing from anywhere, and runs nothing; in a page of the console no style stands in an element.
    assert not re.search(r"<script|src=|https?:|url\(", page)
    assert 'style="' not in page
    assert "草稿" not in html.body(lay_out(report, final=True))


def test_the_pdf_can_be_read_back(report: Report) -> None:
    missed = [Missed(f"第{n}个没有答好的问题，问得很长很长很长很长很长很长很长很长", 40 - n, 5) for n in range(20)]
    made = pdf(lay_out(replace(report, missed=missed), final=False))
    found = pages(made)
    assert len(found) == count(made) >= 2
    text = "".join(found).replace("\n", "")
    for said in ("智能问答运行月报（2026年10月）", "示例市政务服务中心", "制作时间：2026-11-23 10:00", "护照<办理>",
                 "第19个没有答好的问题", "+25.0%", "户政科", "67.6% – 100.0%"):  # fmt: skip
        assert said in text, said
    for number, page in enumerate(found, 1):
        assert f"第 {number} 页，共 {len(found)} 页" in page
    assert re.search(rb"/MediaBox \[ 0 0 595\.\d+ 841\.\d+ \]", made)  # A4


def test_an_empty_month_is_told_as_such(database: Database, clock: FixedClock) -> None:
    with database.read() as tx:
        laid = lay_out(gather(tx, OCTOBER, Beside(), NAMES, "示例市", clock.now()), final=False)
    assert "本月没有抽检" in html.body(laid) and "本月没有抽检" in "".join(pages(pdf(laid)))


def test_a_final_report_stays(database: Database, clock: FixedClock, report: Report) -> None:
    with database.write() as tx:
        keeping.finalise(tx, report, "chief", clock.now())
    with database.write() as tx:
        tx.execute(update(turns).values(question=None, channel="rest"))
        kept = keeping.final(tx, OCTOBER)
        assert kept is not None and kept.report == report and kept.finalised_by == "chief"
        with pytest.raises(NotFinal, match="final"):
            keeping.finalise(tx, replace(report, office="another"), "chief", clock.now())
        assert [(one.action, one.subject) for one in audit.entries(tx, action="report.finalise")] == [
            ("report.finalise", "month:2026-10")
        ]
        found = {str(month): by for month, by in keeping.months(tx, clock.now())}
    assert found == {"2026-11": None, "2026-10": "chief", "2026-09": None}


def test_a_month_that_goes_on_cannot_be_final(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        report = gather(tx, Month.parse("2026-11"), Beside(), NAMES, "示例市", clock.now())
        assert "本月还没有结束" in lay_out(report, final=False).draft
        with pytest.raises(NotFinal, match="going_on"):
            keeping.finalise(tx, report, "chief", clock.now())
        assert keeping.final(tx, Month.parse("2026-11")) is None
