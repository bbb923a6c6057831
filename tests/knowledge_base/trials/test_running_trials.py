"""Content tests on a candidate: what stays, what breaks, what would change, and what holds up publishing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from trial_town import ABOUT_CARD, ABOUT_FEE, CARD, DOG, NOW, carry, draft, publish, town, tried, wanted

from foundation.database import Database
from knowledge_base.model import Faq, UnitKey
from knowledge_base.store import releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.answerer import Answerer, Moment
from knowledge_base.trials.candidates import candidate, published
from knowledge_base.trials.expectations import Expectation


@pytest.fixture
def standing(database: Database) -> Database:
    """The town, published."""
    publish(database)
    return database


def test_a_changed_text_is_shown_beside_the_old_one(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        carry(tx, wanted(ABOUT_CARD, kind="faq", id="library-card"))
        carry(tx, wanted(ABOUT_FEE, kind="item", id="dog-registration"))
    old = town()["library-card"].answer  # type: ignore[attr-defined]
    draft(standing, "library-card", answer="带身份证到前台补办，当天取证。")
    report = tried(standing, answerer)
    assert [one.passed for one in report.outcomes] == [True, True] and not report.blocking
    (changed,) = report.changed
    assert old in changed.before.text and "当天取证" in changed.after.text
    assert report.release == releases_of(standing) == changed.before.release == changed.after.release - 1


def releases_of(database: Database) -> int:
    with database.read() as tx:
        return releases.current(tx)


def test_breaking_an_approved_answer_holds_up_publishing(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        expect = Expectation("faq", "library-card", contains=("前台",))
        broken = carry(tx, wanted(ABOUT_CARD, expect=expect), approved=True)
        carry(tx, wanted(ABOUT_FEE, kind="item", id="dog-registration"), approved=True)
    draft(standing, "library-card", answer="不用补办。")
    report = tried(standing, answerer)
    assert [one.test.id for one in report.blocking] == [one.test.id for one in report.failed] == [broken]
    (one,) = report.blocking
    assert one.broke and [(fault.part, fault.expected) for fault in one.faults] == [("contains", "前台")]
    detail = report.detail("chen", "新规定不再补办")
    assert detail["overridden"] == [broken] and (detail["by"], detail["reason"]) == ("chen", "新规定不再补办")


def test_a_proposal_that_nobody_approved_holds_up_only_the_unit_that_carries_it(
    standing: Database, answerer: Answerer
) -> None:
    expect = Expectation("faq", "library-card", contains=("前台",))
    with standing.write() as tx:
        carry(tx, wanted(ABOUT_CARD, expect=expect))
        own = carry(tx, wanted("借书证补办", expect=expect, unit=CARD))
    draft(standing, "library-card", answer="不用补办。")
    report = tried(standing, answerer)
    assert len(report.failed) == 2 and [one.test.id for one in report.blocking] == [own]


def test_what_was_wrong_already_and_is_not_touched_stops_nobody(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        carry(tx, wanted(ABOUT_FEE, expect=Expectation("item", "boat-licence")), approved=True)
    draft(standing, "library-card", answer="不用补办。")
    report = tried(standing, answerer)
    assert len(report.failed) == 1 and not report.failed[0].broke and not report.blocking
    draft(standing, "boat-licence", name="渔船的登记")
    assert len(tried(standing, answerer).blocking) == 1, "the unit that should answer is being changed"


def test_a_removed_unit_answers_no_more(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        carry(tx, wanted(ABOUT_CARD, kind="faq", id="library-card"), approved=True)
        releases.delete_draft(tx, CARD, "li", NOW)
    (outcome,) = tried(standing, answerer).blocking
    assert outcome.before.id == "library-card" and outcome.after.id != "library-card"


def test_a_new_unit_is_tried_before_it_is_published(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        carry(tx, wanted("养蜂要办什么手续", kind="faq", id="bees"), approved=True)
        releases.save_draft(tx, Faq(id="bees", question="养蜂要办什么手续", answer="到农业站登记。"), "li", NOW)
    (outcome,) = tried(standing, answerer).outcomes
    assert outcome.passed and outcome.changed and outcome.before.id != "bees"
    without = tried(standing, answerer, keys=[DOG])
    assert (without.outcomes, without.skipped) == ((), 1), "nobody else's business before it is published"


def test_tests_ask_several_turns_for_a_day_and_a_place(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        free = Expectation("item", "dog-registration", "fee", contains=("不收费",), lacks=("25元",))
        carry(tx, wanted("养犬登记要什么材料", "那多少钱", expect=free, as_of=date(2027, 1, 2)))
        paid = Expectation("item", "dog-registration", "fee", contains=("25元",))
        carry(tx, wanted("养犬登记要什么材料", "那多少钱", expect=paid))
    assert [one.faults for one in tried(standing, answerer).outcomes] == [(), ()]
    (still, _) = tried(standing, answerer, NOW + timedelta(days=60)).outcomes
    assert still.passed
    assert tried(standing, answerer, NOW + timedelta(days=60)).outcomes[1].faults, "by then it costs nothing"


def test_the_hour_makes_no_difference(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        carry(tx, wanted("小镇政务大厅现在开着吗", kind="office"))
    morning, night = (tried(standing, answerer, NOW + timedelta(hours=hours)) for hours in (0, 13))
    assert morning.outcomes[0].after.text == night.outcomes[0].after.text


@pytest.mark.parametrize("fields", [{"answer": "不用补办。"}, {"question": "公交卡丢了怎么补"}])
def test_the_candidate_answers_as_the_release_does_that_is_made_of_it(
    standing: Database, answerer: Answerer, fields: dict[str, str]
) -> None:
    draft(standing, "library-card", **fields)
    with standing.write() as tx:
        releases.delete_draft(tx, UnitKey("item", "boat-licence"), "li", NOW)
    asked = [question for unit in town().values() for question in (unit.title, *unit.questions())]
    asked += ["公交卡丢了", "渔船登记要多少钱", "谁管噪音"]
    moment = Moment.of(NOW)
    with standing.read() as tx:
        tried_out = candidate(published(answerer.library, tx), tx, releases.pending_moves(tx))
    with standing.write() as tx:
        number = releases.publish(tx, "old", "", NOW).number
    answerer.library.refresh()
    made = answerer.library.snapshot
    assert made.release == number == tried_out.release and made.units == tried_out.units
    for question in asked:
        one, other = (answerer.converse([question], snapshot, moment)[0].answer for snapshot in (tried_out, made))
        assert (one.kind, one.id, one.text) == (other.kind, other.id, other.text), question


def test_more_drafts_than_there_are_units_are_tried_on_a_base_of_their_own(
    database: Database, answerer: Answerer
) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, list(town().values()), "li", NOW)
        carry(tx, wanted(ABOUT_FEE, kind="item", id="dog-registration"))
    report = tried(database, answerer)
    (outcome,) = report.outcomes
    assert report.release == 0 and outcome.passed and outcome.before.kind == "fallback"


def test_a_report_is_about_its_release_and_drafts_alone(standing: Database, answerer: Answerer) -> None:
    draft(standing, "library-card", answer="不用补办。")
    report = tried(standing, answerer)
    with standing.read() as tx:
        assert report.covers(releases.current(tx), releases.pending_moves(tx))
        assert not report.covers(releases.current(tx) + 1, releases.pending_moves(tx))
    draft(standing, "library-card", answer="还是要补办。")
    with standing.read() as tx:
        assert not report.covers(releases.current(tx), releases.pending_moves(tx))


def test_the_same_is_not_tried_twice(standing: Database, answerer: Answerer) -> None:
    with standing.write() as tx:
        number = carry(tx, wanted(ABOUT_CARD, kind="faq", id="library-card"))
    draft(standing, "library-card", answer="不用补办。")
    report = tried(standing, answerer)
    assert tried(standing, answerer) is report
    with standing.write() as tx:
        content_tests.change(tx, number, wanted(ABOUT_CARD, kind="item"), "li", NOW)
    assert tried(standing, answerer).failed
    with standing.write() as tx:
        releases.publish(tx, "old", "", NOW)
    assert tried(standing, answerer).release > report.release
