"""From questions to drafts: what is made of them, by whom, and that nothing is published."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from foundation import accounts
from foundation.accounts import Account
from foundation.database import Database
from knowledge_base.editing.errors import EditingError, Forbidden, Missing, Overtaken
from knowledge_base.learning import drafting
from knowledge_base.learning.drafting import Proposal
from knowledge_base.learning.errors import LearningError
from knowledge_base.model import Faq, UnitKey
from knowledge_base.model.unit import Owner
from knowledge_base.store import drafts, releases

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
DOGS = UnitKey("faq", "dogs")
ASKED = ("狗怎么上户口", "⟦id:7f3a⟧ 狗牌在哪办", "狗怎么上户口")


@pytest.fixture
def li(database: Database) -> Account:
    with database.write() as tx:
        accounts.add(tx, "li", None, ["editor"], NOW, display_name="李华")
        accounts.describe(tx, "li", "李华", "公安局")
        dogs = Faq(id="dogs", question="养狗要登记吗", answer="要登记。", owner=Owner(department="公安局"))
        releases.save_drafts(tx, [dogs], "old", NOW)
        releases.publish(tx, "old", "", NOW)
        return accounts.get(tx, "li")


def test_questions_become_similar_questions_of_a_unit(database: Database, li: Account) -> None:
    with database.write() as tx:
        assert drafting.draft(tx, Proposal.of(ASKED, DOGS, ""), li, "公安局", NOW) is not None
        draft = drafts.draft(tx, DOGS)
        published = releases.find(tx, releases.current(tx), DOGS)
    assert draft is not None and draft.unit is not None and published is not None
    assert draft.unit.questions() == ("养狗要登记吗", "狗怎么上户口", "狗牌在哪办"), (
        "without what was masked, each once"
    )
    assert published.unit.questions() == ("养狗要登记吗",)


def test_what_it_is_asked_by_already_changes_nothing(database: Database, li: Account) -> None:
    with database.write() as tx:
        assert drafting.draft(tx, Proposal.of(["养狗要登记吗？"], DOGS, ""), li, "公安局", NOW) is None
        assert drafts.draft(tx, DOGS) is None


def test_questions_become_a_new_faq_of_ones_own_department(database: Database, li: Account) -> None:
    proposal = Proposal.of(ASKED, None, " 到派出所办。 ")
    with database.write() as tx:
        unit = drafting.draft(tx, proposal, li, "公安局", NOW)
        assert isinstance(unit, Faq)
        draft = drafts.draft(tx, unit.key)
        with pytest.raises(Overtaken):
            drafting.draft(tx, proposal, li, "公安局", NOW)
    assert draft is not None and draft.unit == unit
    assert (unit.question, unit.similar_questions, unit.answer) == ("狗怎么上户口", ("狗牌在哪办",), "到派出所办。")
    assert (unit.department, unit.owner) == ("公安局", Owner(person="李华", department="公安局"))


def test_two_departments_draft_the_same_question_and_learn_nothing_of_each_other(
    database: Database, li: Account
) -> None:
    proposal = Proposal.of(ASKED, None, "到派出所办。")
    with database.write() as tx:
        accounts.add(tx, "ma", None, ["editor"], NOW, display_name="马强")
        first = drafting.draft(tx, proposal, li, "公安局", NOW)
        second = drafting.draft(tx, proposal, accounts.get(tx, "ma"), "民政局", NOW)
    assert isinstance(first, Faq) and isinstance(second, Faq) and first.key != second.key


def test_what_cannot_be(database: Database, li: Account) -> None:
    for questions, answer in ((["", "⟦id:7f3a⟧"], "办。"), (ASKED, " ")):
        with pytest.raises(LearningError):
            Proposal.of(questions, None, answer)
    refused: list[tuple[UnitKey, str, type[EditingError]]] = [
        (DOGS, "民政局", Forbidden),
        (UnitKey("faq", "nothing"), "公安局", Missing),
    ]
    for key, department, error in refused:
        with database.write() as tx, pytest.raises(error):
            drafting.draft(tx, Proposal.of(ASKED, key, ""), li, department, NOW)
