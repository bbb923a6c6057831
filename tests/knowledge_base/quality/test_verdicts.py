"""The report over what stands, and what named persons say to its findings, on each database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.editing import working
from knowledge_base.editing.errors import Overtaken, Unfit, WrongState
from knowledge_base.model import Faq, UnitKey
from knowledge_base.model.unit import Owner, Source
from knowledge_base.quality import check, verdicts
from knowledge_base.quality.report import examine, findings, stamp
from knowledge_base.quality.scores import scores
from knowledge_base.store import releases

LAW = (Source(title="法"),)


def faq(answer: str, id: str = "a", department: str = "公安", **fields: object) -> Faq:
    owner = Owner(department=department)
    return Faq(**{"id": id, "question": f"{id}怎么办", "answer": answer, "sources": LAW, "owner": owner, **fields})


@pytest.fixture
def stands(database: Database, clock: FixedClock) -> Database:
    with database.write() as tx:
        units = [faq("请补正。"), faq("请核发。", "b", "人社"), faq("好。", "c", successor="gone")]
        releases.save_drafts(tx, units, "old", clock.now())
        releases.publish(tx, "old", "", clock.now())
    return database


def test_each_department_sees_its_own_drafts_and_what_is_published(stands: Database, clock: FixedClock) -> None:
    with stands.write() as tx:
        releases.save_drafts(
            tx, [faq("好。"), faq("比照办。", "b", "人社"), faq("酌情办。", "d", "人社")], "li", clock.now()
        )
        seen = {name: {str(one.unit) for one in check(tx, clock.now(), name)} for name in ("公安", "人社", None)}
        words = {one.judged for one in check(tx, clock.now(), "公安") if one.sort == "jargon"}
    assert seen == {
        "公安": {"faq:b", "faq:c"},
        "人社": {"faq:a", "faq:b", "faq:c", "faq:d"},
        None: {"faq:b", "faq:c", "faq:d"},
    }
    assert words == {"请核发"}


def test_a_removal_that_is_drafted_is_seen_by_its_own_department(stands: Database, clock: FixedClock) -> None:
    with stands.write() as tx:
        releases.delete_draft(tx, UnitKey("faq", "b"), "li", clock.now())
        assert UnitKey("faq", "b") in examine(tx, clock.now(), "公安").subjects
        assert UnitKey("faq", "b") not in examine(tx, clock.now(), "人社").subjects


def test_a_verdict_names_who_and_why_and_may_be_changed(stands: Database, clock: FixedClock) -> None:
    with stands.write() as tx:
        graver, *advice = check(tx, clock.now())
        assert graver.sort == "reference"
        with pytest.raises(Unfit):
            verdicts.let_stay(tx, [graver], " ", "li", clock.now())
        verdicts.let_stay(tx, [graver], "月底补上", "li", clock.now())
        verdicts.refuse(tx, advice[:1], "", "li", clock.now())
        assert check(tx, clock.now()) == advice[1:]
        verdicts.let_stay(tx, advice, "说惯了", "wang", clock.now())
        assert check(tx, clock.now()) == []
        told = [(one.account, one.action) for one in reversed(audit.entries(tx)) if one.action.startswith("kb.finding")]
    assert told == [("li", "kb.finding.accepted"), ("li", "kb.finding.refused")] + [("wang", "kb.finding.accepted")] * 2


def test_a_block_cannot_stay(stands: Database, clock: FixedClock) -> None:
    with stands.write() as tx:
        releases.save_drafts(tx, [faq("好。", successor="a")], "li", clock.now())
        block = check(tx, clock.now())[0]
        assert block.severity == "block"
        with pytest.raises(WrongState):
            verdicts.let_stay(tx, [block], "就这样", "li", clock.now())


def test_a_repair_that_is_given_up_is_found_again(stands: Database, clock: FixedClock) -> None:
    key = UnitKey("faq", "a")
    with stands.write() as tx:
        report = examine(tx, clock.now())
        [finding] = [one for one in report.findings if one.unit == key]
        base = report.subjects[key].revision
        verdicts.repair(tx, finding, base, "li", clock.now())
        assert key not in {one.unit for one in check(tx, clock.now())}
        with pytest.raises(Overtaken):
            verdicts.repair(tx, finding, base, "wang", clock.now())
        releases.discard_draft(tx, key, "li", clock.now())
        assert finding in check(tx, clock.now())
        with pytest.raises(WrongState):
            verdicts.repair(tx, finding._replace(repair=None), base, "li", clock.now())
        assert working.standing(tx, key) == base


def test_the_stamp_changes_with_what_stands_and_the_day(stands: Database, clock: FixedClock) -> None:
    with stands.write() as tx:
        stamps = [stamp(tx, clock.now()), stamp(tx, clock.now() + timedelta(days=1))]
        releases.save_drafts(tx, [faq("一。")], "li", clock.now())
        stamps.append(stamp(tx, clock.now()))
        releases.save_drafts(tx, [faq("二。")], "li", clock.now())
        stamps.append(stamp(tx, clock.now()))
        releases.publish(tx, "wang", "", clock.now())
        stamps.append(stamp(tx, clock.now()))
    assert len(set(stamps)) == len(stamps)


def test_a_score_is_the_share_of_units_with_nothing_open(stands: Database, clock: FixedClock) -> None:
    with stands.read() as tx:
        report = examine(tx, clock.now())
        found = {one.department: one for one in scores(verdicts.open_ones(tx, report.findings), report.subjects)}
    assert (found["公安"].points, found["公安"].units, dict(found["公安"].worst)) == (
        75.0,
        2,
        {"warning": 1, "note": 1},
    )
    assert found["人社"].points == 100.0


def test_the_same_finding_has_the_same_digest_wherever_else_the_unit_changes(clock: FixedClock) -> None:
    today = clock.now().date()
    before = findings([faq("请补正。再来。")], today, {})
    after = findings([faq("请补正。别的。", question="换了问法")], today, {})
    other = findings([faq("请马上补正。")], today, {})
    assert [one.digest for one in before] == [one.digest for one in after]
    assert before[0].digest != other[0].digest
