"""A draft tried on what was asked: in the small town, by words alone."""

from __future__ import annotations

from datetime import date

from trial_town import ABOUT_CARD, CARD, publish, town

from foundation.database import Database
from knowledge_base.learning.rehearsing import Asked, Rehearsal, nearest, rehearse
from knowledge_base.model import Faq, Unit
from knowledge_base.store.drafts import published
from knowledge_base.trials.answerer import Answerer, Moment

KITES = Faq(id="kites", question="海滩可以放风筝吗", answer="可以，起风时别放。")
ASKED = [Asked(text, None) for text in ("海滩能放风筝吗", "可以在海滩放风筝吗", ABOUT_CARD, "飞船票多少钱")]
ASKED += [Asked("海滩能放风筝吗？", "990102")]


def tried(database: Database, answerer: Answerer, unit: Unit, asked: list[Asked]) -> Rehearsal:
    with database.read() as tx:
        replaces = published(tx, [unit.key]).get(unit.key)
    return rehearse(answerer, answerer.library.snapshot, unit, replaces, asked, Moment(date(2026, 11, 23)))


def test_what_was_refused_and_would_be_answered(database: Database, answerer: Answerer) -> None:
    publish(database)
    found = tried(database, answerer, KITES, ASKED)
    assert sorted(one.text.strip("？") for one in found.gained) == ["可以在海滩放风筝吗", "海滩能放风筝吗"], "each once"
    assert {one.then.id for one in found.gained} == {"kites"}
    assert found.changed == []


def test_which_answers_it_would_take_over(database: Database, answerer: Answerer) -> None:
    publish(database)
    thief = Faq(id="thief", question=ABOUT_CARD, answer="不补。", similar_questions=("借书证丢了",))
    found = tried(database, answerer, thief, ASKED)
    assert [one.text for one in found.changed] == [ABOUT_CARD]
    assert found.changed[0].now.id == CARD.id


def test_more_questions_for_what_is_published_take_its_place(database: Database, answerer: Answerer) -> None:
    publish(database)
    card = town()[CARD.id].copy(update={"similar_questions": ("海滩可以放风筝吗",)})
    found = tried(database, answerer, card, ASKED)
    assert {one.then.id for one in found.gained} == {CARD.id}
    assert found.changed == [], "what it answers already it goes on answering"
    assert (
        answerer.converse(["海滩可以放风筝吗"], answerer.library.snapshot, Moment(date(2026, 11, 23)))[-1].answer.kind
        == "fallback"
    ), "nothing is published"


def test_only_the_nearest_are_asked() -> None:
    asked = [Asked(text, None) for text in ("完全另一回事", "放风筝", "海滩可以放风筝吗")]
    assert [one.text for one in nearest(asked, KITES)] == ["海滩可以放风筝吗", "放风筝"]
    assert [one.text for one in nearest(asked, KITES, 1)] == ["海滩可以放风筝吗"]
