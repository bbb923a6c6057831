"""咨询满意度: once for each thing, with second thoughts for a day; a bad one is looked into."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from desk_people import NOW, ask, hire
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

import desk.tables as tables
from desk import handovers, ratings, tasks
from desk.errors import Malformed
from desk.ratings import NewRating, Rated
from desk.tasks import BAD_RATING, DONE, OPEN
from foundation import erasure
from foundation.database import Database, metadata

DUE = NOW + timedelta(hours=8)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang", "户政")
        yield tx


def rate(tx: Connection, score: int, hours: float = 0, **values: Any) -> Rated:
    return ratings.rate(tx, NewRating("web:a", "web", score, **values), DUE, NOW + timedelta(hours=hours))


def test_a_conversation_with_a_person_is_rated_once(tx: Connection) -> None:
    one = ask(tx, "web:a", department="户政")
    handovers.take(tx, one.id, "wang", NOW)
    rated = rate(tx, 4, handover=one.id)
    assert (rated.accepted, rated.bad, rated.task) == (True, False, None)
    assert (rated.rating.account, rated.rating.department, rated.rating.subject) == ("wang", "户政", "handover:1")
    assert rate(tx, 4, handover=one.id).rating == rated.rating
    assert tx.execute(select(func.count()).select_from(tables.ratings)).scalar_one() == 1


def test_one_may_think_again_within_a_day(tx: Connection) -> None:
    assert rate(tx, 5, subject="one").rating.score == 5
    assert rate(tx, 3, subject="one", hours=23).rating.score == 3
    late = rate(tx, 1, subject="one", hours=25)
    assert not late.accepted and late.rating.score == 3 and late.task is None and tasks.listing(tx) == []


def test_without_a_name_it_is_what_the_robot_said_that_day(tx: Connection) -> None:
    assert rate(tx, 5).rating.subject == "robot:2026-11-23"
    assert rate(tx, 4, hours=1).rating.id == 1 and rate(tx, 1, hours=24).rating.id == 2


def test_a_bad_one_opens_a_task_with_a_deadline(tx: Connection) -> None:
    one = ask(tx, "web:a", department="户政", question="护照")
    rated = rate(tx, 2, handover=one.id, comment="等太久", contact="⟦phone:7f3a⟧", title="护照")
    (task,) = tasks.listing(tx)
    assert rated.bad and rated.task == task.id
    assert (task.kind, task.due_at, task.department, task.contact) == (BAD_RATING, DUE, "户政", "⟦phone:7f3a⟧")
    assert task.detail == {"score": 2, "comment": "等太久", "account": None}
    assert rate(tx, 1, handover=one.id).task == task.id, "worse still is the same task"


def test_who_thinks_better_of_it_needs_no_call_any_more(tx: Connection) -> None:
    first = rate(tx, 1)
    assert rate(tx, 5).task is None
    assert (tasks.get(tx, first.task or 0).state, tasks.get(tx, first.task or 0).outcome) == (DONE, "changed")
    again = rate(tx, 1)
    assert again.task != first.task and tasks.get(tx, again.task or 0).state == OPEN
    tasks.take(tx, again.task or 0, "wang", NOW)
    rate(tx, 5)
    assert tasks.get(tx, again.task or 0).taken_by == "wang", "whoever is at it finishes it"


def test_a_number_left_afterwards_goes_to_the_task(tx: Connection) -> None:
    good = rate(tx, 5, subject="other")
    assert not ratings.add_contact(tx, good.rating, "⟦phone:1⟧", NOW)
    bad = rate(tx, 1)
    assert ratings.add_contact(tx, bad.rating, "⟦phone:1⟧", NOW)
    assert tasks.get(tx, bad.task or 0).contact == "⟦phone:1⟧"


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_of_five(tx: Connection, score: int) -> None:
    with pytest.raises(Malformed, match="1 到 5"):
        rate(tx, score)


def test_it_is_passed_on_only_with_both_codes(tx: Connection) -> None:
    assert not rate(tx, 5, subject="a", item_code="11").rating.forward
    assert not rate(tx, 5, subject="b", application_code="22").rating.forward
    both = rate(tx, 5, subject="c", item_code="11", application_code="22").rating
    assert both.forward and ratings.to_forward(tx, NOW) == [both]
    assert ratings.to_forward(tx, NOW + timedelta(seconds=1)) == []


def test_ratings_of_erased_conversations_go_too(tx: Connection) -> None:
    one = ask(tx, "web:a")
    rate(tx, 1, handover=one.id)
    erased = erasure.erase_everything(tx, "web:a")
    assert (erased["ratings"], erased["tasks"], erased["handovers"]) == (1, 1, 1)
    assert rate(tx, 5, handover=one.id).rating.handover is None, "it is not there any more"


def test_a_handover_of_somebody_else_is_not_rated(tx: Connection) -> None:
    other = ask(tx, "web:b", department="户政")
    assert rate(tx, 5, handover=other.id).rating.department == ""


MEMORY = Database("sqlite://", pool_size=1)
metadata.create_all(MEMORY.engine)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), min_size=1, max_size=8))
def test_the_last_word_within_a_day_counts_and_has_a_task_when_it_is_bad(said: list[tuple[int, int]]) -> None:
    with MEMORY.write() as tx:
        for table in (tables.ratings, tables.tasks):
            tx.execute(delete(table))
        hours = -said[0][1]
        expected: int | None = None
        for score, later in said:
            hours += later
            rated = rate(tx, score, hours, subject="one")
            assert rated.accepted == (hours <= 24)
            expected = score if hours <= 24 else expected
            assert rated.rating.score == expected
        open_ones = tasks.listing(tx)
        assert len(open_ones) == (expected is not None and expected <= 2)
