"""Which turns show that a question was not answered well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from foundation.clock import FixedClock
from foundation.database import Database
from insights import recording
from insights.missed import Asked, asked, missed
from insights.recording import Turn

Say = Callable[..., None]
DOG = {"unit_kind": "faq", "unit_id": "dogs"}


@pytest.fixture
def say(database: Database, clock: FixedClock) -> Say:
    """A turn, one minute after the one before; keyword arguments are its columns."""
    minutes = iter(range(-600, 600))

    def turn(
        question: str, kind: str = "faq", decision: str = "answered", minute: int | None = None, **more: Any
    ) -> None:
        at = clock.now() + timedelta(minutes=next(minutes) if minute is None else minute)
        values = {"conversation": "web:a", "channel": "web", **more}
        with database.write() as tx:
            recording.write(tx, Turn(at=at, question=question, kind=kind, decision=decision, **values))  # type: ignore[arg-type]

    return turn


@pytest.fixture
def found(database: Database, clock: FixedClock) -> Callable[..., list[tuple[str, str]]]:
    def look(*disputed: tuple[str, str]) -> list[tuple[str, str]]:
        with database.read() as tx:
            all_of_them = missed(tx, clock.now() - timedelta(days=30), clock.now(), disputed)
        return [(one.question, one.why) for one in all_of_them]

    return look


def test_what_was_refused(say: Say, found: Any) -> None:
    say("狗怎么上户口", "fallback", "refused")
    say("护照多少钱", **DOG)
    say("1234", "fallback", "refused")
    assert found() == [("狗怎么上户口", "refused")]


def test_an_offer_that_nobody_took(say: Say, found: Any) -> None:
    offered = [{"kind": "faq", "id": "dogs", "confidence": 0.5}]
    say("狗证", "options", "options", candidates=offered)
    say("第一个", **DOG)
    say("狗的证", "options", "options", candidates=offered)
    say("算了", "smalltalk")
    say("办狗证", "options", "options", candidates=offered, conversation="web:b")
    say("刚问的狗证", "options", "options", candidates=offered, conversation="web:c", minute=-1)
    assert found() == [("狗的证", "not_chosen"), ("办狗证", "not_chosen")]


def test_a_situation_that_was_chosen_is_a_choice(say: Say, found: Any) -> None:
    say("补身份证", "options", "options", unit_kind="item", unit_id="id-card")
    say("首次", "item", unit_kind="item", unit_id="id-card")
    assert found() == []


def test_a_person_is_wanted_at_once(say: Say, found: Any) -> None:
    say("狗证多少钱", **DOG)
    say("转人工", "handover", "other", handover=True)
    say("猫证多少钱", conversation="web:b", **DOG)
    say("谢谢", "smalltalk", conversation="web:b")
    say("转人工", "handover", "other", handover=True, conversation="web:b")
    assert found() == [("狗证多少钱", "handed_over")], "of web:b the robot had been thanked"


def test_a_bad_score_is_for_what_was_answered_last(say: Say, found: Any) -> None:
    say("狗证多少钱", **DOG)
    say("狗证去哪办", **DOG)
    say("谢谢", "smalltalk")
    say("非常不满意", "smalltalk", rating=1)
    say("猫证多少钱", conversation="web:b", **DOG)
    say("满意", "smalltalk", rating=4, conversation="web:b")
    assert found() == [("狗证去哪办", "badly_rated")]


def test_an_answer_that_was_called_wrong(say: Say, found: Any) -> None:
    say("狗证多少钱", record="AAAA-AAAA", **DOG)
    say("你说错了", "fallback", "other", record="BBBB-BBBB")
    assert found() == []
    assert found(("web:a", "AAAA-AAAA")) == [("狗证多少钱", "disputed")]
    assert found(("web:z", "AAAA-AAAA")) == [], "a number of another conversation"


def test_what_was_asked_is_given_once_the_newest_first(say: Say, database: Database, clock: FixedClock) -> None:
    say("狗证多少钱", **DOG)
    say("猫证多少钱", **DOG)
    say("狗证多少钱", **DOG)
    say("你好", "smalltalk")
    with database.read() as tx:
        questions = asked(tx, clock.now() - timedelta(days=30), "answered", 10)
        assert questions == [Asked("狗证多少钱", None, "answered"), Asked("猫证多少钱", None, "answered")]
        assert len(asked(tx, clock.now() - timedelta(days=30), "answered", 1)) == 1
