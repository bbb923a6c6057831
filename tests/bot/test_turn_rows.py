"""What is kept of a turn for learning and statistics, taken from its reply."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import event, select
from turn_fakes import LIBRARY, FakeAssistant, all_done, put, working

from bot import worker as module
from bot.assistant import TurnResult
from bot.turn_rows import turn_of
from foundation.database import Database
from foundation.inbox import Incoming
from insights.recording import Turn
from insights.turns import turns

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)


def turn(
    answer: dict[str, Any], *effects: dict[str, Any], candidates: list[dict[str, Any]] | None = None
) -> TurnResult:
    told = {"id": None, "aspect": None, "confidence": 0.4, "release": 3, "record": "K7M2-4Q9D", "options": [], **answer}
    replies = [{"text": "…", "custom": {"answer": told}}]
    return TurnResult(replies, candidates or [], [], effects, "990102", "calm", 7, "公安局")


def row(answer: dict[str, Any], *effects: dict[str, Any], candidates: list[dict[str, Any]] | None = None) -> Turn:
    result = turn(answer, *effects, candidates=candidates)
    return turn_of(Incoming("rest:a", "rest", "狗怎么上户口"), result, result, NOW)


def test_an_answer_is_kept_with_the_unit_it_came_from() -> None:
    kept = row({"kind": "faq", "id": "dogs"}, candidates=[{"kind": "faq", "id": "dogs", "confidence": 0.9}])
    assert (kept.decision, kept.unit_kind, kept.unit_id) == ("answered", "faq", "dogs")
    assert (kept.region, kept.mood, kept.milliseconds) == ("990102", "calm", 7)


def test_the_department_is_that_of_the_unit() -> None:
    assert row({"kind": "faq", "id": "dogs"}).department == "公安局"
    assert row({"kind": "options", "id": "passport"}).department == "公安局"
    assert row({"kind": "handover"}).department is None, "no unit, as after a switch has silenced the robot"


def test_what_was_offered_comes_before_what_else_was_weighed() -> None:
    weighed = [{"kind": "item", "id": id, "confidence": sure} for id, sure in (("a", 0.5), ("b", 0.4), ("c", 0.3))]
    offered = [{"title": "乙", "id": "b", "kind": "item"}, {"title": "首次", "id": "first", "kind": "situation"}]
    kept = row({"kind": "options", "options": offered}, candidates=weighed)
    assert (kept.decision, kept.unit_id) == ("options", None)
    assert [(one["id"], one["confidence"]) for one in kept.candidates] == [("b", 0.4), ("a", 0.5), ("c", 0.3)]


def test_you_are_wrong_is_no_question() -> None:
    assert row({"kind": "fallback"}).decision == "refused"
    assert row({"kind": "fallback"}, {"do": "task", "kind": "correction"}).decision == "other"


def test_who_wants_a_person_and_who_waits_for_an_approval() -> None:
    assert row({"kind": "handover"}, {"do": "handover"}).handover
    assert row({"kind": "handover"}).handover, "nobody is there"
    assert not row({"kind": "handover"}, {"do": "approval"}).handover


def test_a_score_for_the_robot_and_one_for_a_person() -> None:
    assert row({"kind": "smalltalk"}, {"do": "rate", "score": 1, "handover": None}).rating == 1
    assert row({"kind": "smalltalk"}, {"do": "rate", "score": 1, "handover": 7}).rating is None


def test_a_report_that_is_to_stay_secret_leaves_no_text() -> None:
    assert row({"kind": "faq", "id": "dogs", "confidential": True}).question is None


@pytest.mark.parametrize(("kind", "text"), [("item", "狗怎么上户口"), ("form", None)])
def test_a_turn_that_was_silenced_is_no_wish_for_a_person(kind: str, text: str | None) -> None:
    silenced = TurnResult(turn({"kind": "handover"}).replies, [], [])
    kept = turn_of(Incoming("rest:a", "rest", "狗怎么上户口"), turn({"kind": kind}), silenced, NOW)
    assert (kept.kind, kept.decision, kept.handover, kept.question) == ("handover", "other", False, text)
    assert (kept.region, kept.mood) == ("990102", "calm")


async def test_a_turn_leaves_one_row_by_one_statement(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)
    written: list[str] = []
    if database.is_sqlite:
        event.listen(database.engine, "checkout", lambda file, *_: file.set_trace_callback(written.append))
    else:
        event.listen(database.engine, "before_cursor_execute", lambda *said: written.append(said[2]))
    put(database, "rest:a", "护照多少钱", "1234")
    async with working(FakeAssistant(), database):
        await all_done(database)
    with database.read() as tx:
        found = tx.execute(select(turns.c.conversation, turns.c.channel, turns.c.question, turns.c.unit_id)).all()
    assert found == [("rest:a", "rest", "护照多少钱", "passport"), ("rest:a", "rest", None, "passport")]
    assert sum("INSERT INTO turns" in one for one in written) == 2


async def test_a_turn_that_failed_leaves_no_row(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)
    put(database, "rest:a", "护照多少钱")
    async with working(FakeAssistant(failures={"护照多少钱": 1}), database):
        await all_done(database)
    with database.read() as tx:
        assert len(tx.execute(select(turns)).all()) == 1
