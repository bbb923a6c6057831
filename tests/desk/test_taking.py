"""Hands that a conversation goes through: capacity, skills, who is there, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy.engine import Connection

from desk import handovers, presence, speech
from desk.errors import Absent, DeskError, Full, Malformed, NotFound, Taken, Unskilled, WrongState
from desk.handovers import CLOSED, WAITING, WITH_AGENT, WRAP_UP
from foundation import accounts, audit
from foundation.database import Database

AWAY = timedelta(minutes=10)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        for name in ("wang", "li"):
            hire(tx, name)
        yield tx


def test_an_agent_has_as_many_as_fit(tx: Connection) -> None:
    presence.set_capacity(tx, "wang", 2, "li", NOW)
    people = [ask(tx, f"web:{number}") for number in range(4)]
    assert [handovers.take_next(tx, "wang", NOW), handovers.take_next(tx, "wang", NOW)] == handovers.of_agent(
        tx, "wang"
    )
    with pytest.raises(Full, match=r"wang的名字.*2个"):
        handovers.take_next(tx, "wang", NOW)
    with pytest.raises(Full):
        handovers.take(tx, people[2].id, "wang", NOW)
    handovers.end(tx, people[0].id, "wang", NOW)
    assert handovers.take(tx, people[2].id, "wang", NOW).assigned_to == "wang", "who is wrapped up takes no room"
    handovers.take(tx, people[3].id, "li", NOW)
    with pytest.raises(Full):
        handovers.transfer(tx, people[3].id, "li", NOW, to="wang")
    handovers.assign(tx, people[3].id, "wang", "zhao", NOW, version=2)
    assert presence.agent(tx, "wang", NOW).load == 3, "a supervisor may overrule"


def test_the_first_of_the_queue_is_taken_and_none_when_it_is_empty(tx: Connection) -> None:
    ask(tx, "calm")
    ask(tx, "in need", mood="distressed")
    hire(tx, "sun", "社保")
    ask(tx, "pension", department="社保", mood="distressed", misses=3)
    taken = [handovers.take_next(tx, "wang", NOW) for _ in range(3)]
    assert [one and one.conversation for one in taken] == ["in need", "calm", None]
    assert (handovers.take_next(tx, "sun", NOW) or taken[0]).conversation == "pension"


def test_another_departments_question_is_left_to_it_while_somebody_is_there(tx: Connection) -> None:
    hire(tx, "sun", "社保")
    one = ask(tx, "web:a", department="社保")
    with pytest.raises(Unskilled, match="社保"):
        handovers.take(tx, one.id, "wang", NOW)
    presence.leave(tx, "sun", NOW)
    assert handovers.take(tx, one.id, "wang", NOW).state == WITH_AGENT


def test_nothing_is_given_to_whoever_is_not_there(tx: Connection) -> None:
    one = ask(tx, "web:a")
    accounts.add(tx, "sun", None, ["agent"], NOW)
    with pytest.raises(Absent, match="sun"):
        handovers.assign(tx, one.id, "sun", "zhao", NOW)
    with pytest.raises(NotFound, match="nobody"):
        handovers.assign(tx, one.id, "nobody", "zhao", NOW)
    handovers.take(tx, one.id, "wang", NOW)
    presence.set_available(tx, "li", False, NOW)
    with pytest.raises(Absent):
        handovers.transfer(tx, one.id, "wang", NOW, to="li")
    with pytest.raises(DeskError, match="请选择"):
        handovers.transfer(tx, one.id, "wang", NOW)
    accounts.disable(tx, "li", NOW)
    with pytest.raises(NotFound):
        handovers.transfer(tx, one.id, "wang", NOW, to="li")


def test_of_two_supervisors_the_second_learns_who_has_it(tx: Connection) -> None:
    one = ask(tx, "web:a")
    handovers.assign(tx, one.id, "wang", "zhao", NOW)
    with pytest.raises(Taken, match="wang的名字"):
        handovers.assign(tx, one.id, "li", "qian", NOW)
    with pytest.raises(Taken, match=r"wang的名字.*刷新"):
        handovers.assign(tx, one.id, "li", "qian", NOW, version=one.version)
    seen = handovers.get(tx, one.id)
    assert handovers.assign(tx, one.id, "li", "qian", NOW, version=seen.version).assigned_to == "li"
    assert [(entry.account, entry.detail) for entry in audit.entries(tx, action="desk.assign")] == [
        ("qian", {"from": "wang", "to": "li"}), ("zhao", {"from": None, "to": "wang"})
    ]  # fmt: skip


def test_a_supervisor_steps_in_whether_their_page_beats_or_not(tx: Connection) -> None:
    accounts.add(tx, "zhao", None, ["supervisor"], NOW)
    one = handovers.take(tx, ask(tx, "web:a").id, "wang", NOW)
    assert handovers.assign(tx, one.id, "zhao", "zhao", NOW, version=one.version).assigned_to == "zhao"


def test_nothing_is_assigned_that_is_over(tx: Connection) -> None:
    one = ask(tx, "web:a")
    handovers.withdraw(tx, one.id, NOW, "back")
    with pytest.raises(WrongState, match="办结"):
        handovers.assign(tx, one.id, "wang", "zhao", NOW)


def test_whose_agent_is_away_waits_again(tx: Connection) -> None:
    waits, answered, fresh = (ask(tx, f"web:{name}") for name in ("waits", "answered", "fresh"))
    for one in (waits, answered, fresh):
        handovers.take(tx, one.id, "wang", NOW)
    speech.say(tx, answered, "wang", "您好", "k", NOW)
    later = NOW + timedelta(minutes=11)
    speech.hear(tx, fresh, "还在吗", later - timedelta(minutes=1))
    assert handovers.give_back(tx, NOW + timedelta(minutes=5), AWAY) == []
    (back,) = handovers.give_back(tx, later, AWAY)
    assert (back.id, back.state, back.assigned_to) == (waits.id, WAITING, None)
    assert handovers.give_back(tx, later, AWAY) == []
    presence.beat(tx, "wang", later)
    assert handovers.give_back(tx, later + timedelta(minutes=5), AWAY) == [], "she is back"
    assert [one.why for one in handovers.history(tx, waits.id)] == ["asked", "take", "away"]


def test_conversations_of_a_disabled_account_are_not_lost(tx: Connection) -> None:
    one = handovers.take(tx, ask(tx, "web:a").id, "wang", NOW)
    accounts.disable(tx, "wang", NOW)
    assert [back.id for back in handovers.give_back(tx, NOW + timedelta(minutes=11), AWAY)] == [one.id]


def test_a_forgotten_wrap_up_is_closed_and_counts_no_time(tx: Connection) -> None:
    one = handovers.take(tx, ask(tx, "web:a").id, "wang", NOW)
    handovers.end(tx, one.id, "wang", NOW + timedelta(minutes=3))
    day = timedelta(days=1)
    assert handovers.close_forgotten(tx, NOW + timedelta(hours=1), day) == []
    (closed,) = handovers.close_forgotten(tx, NOW + 2 * day, day)
    assert (closed.state, closed.outcome) == (CLOSED, None)
    assert [(span.state, span.until - span.since) for span in handovers.history(tx, one.id)][2:] == [
        (WRAP_UP, timedelta())
    ]


@pytest.mark.parametrize("capacity", [0, -1, 51])
def test_a_capacity_is_a_sensible_number(tx: Connection, capacity: int) -> None:
    with pytest.raises(Malformed, match="1 到 50"):
        presence.set_capacity(tx, "wang", capacity, "zhao", NOW)


def test_presence_is_a_page_that_is_open(tx: Connection) -> None:
    assert [one.account for one in presence.available(tx, NOW)] == ["li", "wang"]
    later = NOW + timedelta(seconds=46)
    presence.beat(tx, "li", later)
    assert [(one.account, one.present) for one in presence.everyone(tx, later)] == [("li", True), ("wang", False)]
    presence.set_available(tx, "li", False, later)
    assert presence.available(tx, later) == [] and presence.agent(tx, "li", later).present


def test_looking_changes_nothing(database: Database) -> None:
    with database.write() as tx:
        accounts.add(tx, "wang", None, ["agent"], NOW)
        ask(tx, "web:a")
    with database.read() as tx:
        assert len(handovers.waiting(tx, NOW, account="wang")) == 1
        assert not presence.agent(tx, "wang", NOW).present
    with database.write() as tx:  # would wait for a lock that the reader had left behind
        presence.beat(tx, "wang", NOW)
