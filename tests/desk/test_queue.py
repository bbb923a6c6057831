"""Who comes first, who may take whom, and what somebody who waits is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, a_handover, ask, hire
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from desk import handovers, presence
from desk.handover import Handover
from desk.handovers import NO_LIMIT, Place, Window
from desk.hours import Hours
from desk.priority import points
from desk.queue import in_order
from foundation.calendar import WorkCalendar
from foundation.database import Database
from foundation.shifts import parse_shifts

HOURS = Hours(parse_shifts("09:00-12:00,13:30-17:00"), WorkCalendar().is_workday)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        yield tx


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def order(found: list[Handover]) -> list[str]:
    return [one.conversation for one in found]


def test_need_goes_before_age_and_age_before_chance(tx: Connection) -> None:
    ask(tx, "calm")
    ask(tx, "later", NOW + minutes(1))
    ask(tx, "annoyed", mood="annoyed", now=NOW + minutes(2))
    ask(tx, "elderly", elderly=True, misses=1, now=NOW + minutes(2))
    ask(tx, "distressed", mood="distressed", now=NOW + minutes(3))
    danger = ask(tx, "danger", now=NOW + minutes(3))
    handovers.raise_priority(tx, danger.id, NOW)
    found = handovers.waiting(tx, NOW + minutes(3))
    assert order(found) == ["danger", "distressed", "elderly", "annoyed", "calm", "later"]
    assert [one.priority for one in found] == [200, 100, 31, 21, 3, 2]


def test_a_window_that_shuts_soon_is_served_in_time(tx: Connection) -> None:
    for name in ("wide", "soon", "last-message"):
        ask(tx, name)
    windows = {"soon": Window(minutes=25, messages=4), "last-message": Window(minutes=2000, messages=1)}
    assert order(handovers.waiting(tx, NOW, windows)) == ["soon", "last-message", "wide"]


def test_waiting_counts_but_never_more_than_distress(tx: Connection) -> None:
    ask(tx, "since yesterday", NOW - timedelta(days=1))
    ask(tx, "annoyed", mood="annoyed")
    ask(tx, "distressed", mood="distressed")
    assert order(handovers.waiting(tx, NOW)) == ["distressed", "since yesterday", "annoyed"]


def test_a_mood_that_gets_worse_counts_and_one_that_gets_better_takes_nothing_away(tx: Connection) -> None:
    one, other = ask(tx, "a"), ask(tx, "b")
    handovers.note_mood(tx, other.id, "distressed", NOW)
    handovers.note_mood(tx, other.id, "pleased", NOW)
    handovers.note_mood(tx, one.id, "annoyed", NOW)
    assert order(handovers.waiting(tx, NOW)) == ["b", "a"]
    assert handovers.get(tx, other.id).mood == "distressed"


@given(st.data())
def test_the_order_is_one_whatever_order_they_are_read_in(data: st.DataObject) -> None:
    facts = st.fixed_dictionaries(
        {
            "mood": st.sampled_from(["calm", "annoyed", "distressed", "pleased"]),
            "misses": st.integers(0, 9),
            "elderly": st.booleans(),
            "urgent": st.booleans(),
            "opened_at": st.integers(0, 120).map(lambda number: NOW - minutes(number)),
        }
    )
    people = [a_handover(id, **data.draw(facts)) for id in range(data.draw(st.integers(0, 8)))]
    windows = {one.conversation: Window(data.draw(st.integers(0, 600)), data.draw(st.integers(0, 5))) for one in people}
    sorted_once = in_order(people, NOW, windows)
    assert in_order(data.draw(st.permutations(people)), NOW, windows) == sorted_once
    assert in_order(sorted_once, NOW, windows) == sorted_once
    for one in sorted_once:
        worth = points(one, windows[one.conversation], NOW)
        assert one.priority == worth.total == sum(worth) and min(worth) >= 0
        worse = points(one, Window(0, 0), NOW + minutes(30)).total
        assert worse >= worth.total >= points(one, NO_LIMIT, NOW).total


def test_agents_see_their_departments_and_nobodys(tx: Connection) -> None:
    hire(tx, "wang", "户政")
    hire(tx, "li", "社保")
    hire(tx, "zhao")
    ask(tx, "id card", department="户政")
    ask(tx, "pension", department="社保")
    ask(tx, "tax", department="税务")
    ask(tx, "anything")
    assert order(handovers.waiting(tx, NOW, account="wang")) == ["id card", "tax", "anything"]
    assert order(handovers.waiting(tx, NOW, account="zhao")) == ["tax", "anything"]
    presence.set_departments(tx, "zhao", ["社保", " 税务 "], "li", NOW)
    assert order(handovers.waiting(tx, NOW, account="zhao")) == ["pension", "tax", "anything"]
    assert order(handovers.waiting(tx, NOW, account="wang")) == ["id card", "anything"]
    presence.set_available(tx, "li", False, NOW)
    presence.set_departments(tx, "zhao", None, "li", NOW)
    assert order(handovers.waiting(tx, NOW, account="wang")) == ["id card", "pension", "tax", "anything"]


def test_the_place_counts_those_who_wait_for_the_same_agents(tx: Connection) -> None:
    hire(tx, "wang", "户政")
    hire(tx, "li", "社保")
    for number in range(3):
        ask(tx, f"id card {number}", department="户政")
    pension = ask(tx, "pension", department="社保", now=NOW + minutes(1))
    anything = ask(tx, "anything", now=NOW + minutes(2))
    assert handovers.place(tx, pension.id, NOW, HOURS) == Place(1, None)
    assert handovers.place(tx, anything.id, NOW, HOURS) == Place(5, None)
    assert handovers.place_of_next(tx, NOW, HOURS, "社保") == Place(3, None)
    handovers.take(tx, pension.id, "li", NOW)
    assert handovers.place(tx, pension.id, NOW, HOURS) == Place(0, None)


def handle(tx: Connection, agent: str, number: int, took: float) -> None:
    """Past conversations of an agent, each `took` minutes, the last of which has just ended."""
    for one in range(number):
        found = ask(tx, f"past {agent} {one}", NOW - minutes(60))
        handovers.take(tx, found.id, agent, NOW - minutes(took))
        handovers.close(tx, found.id, agent, "answered", "", NOW)


def test_the_estimate_comes_from_what_handlings_really_took(tx: Connection) -> None:
    hire(tx, "wang")
    presence.set_capacity(tx, "wang", 2, "zhao", NOW)
    people = [ask(tx, f"web:{number}") for number in range(3)]
    assert handovers.place(tx, people[2].id, NOW, HOURS).minutes is None, "nothing is known yet"
    handle(tx, "wang", 3, took=8)
    places = [handovers.place(tx, one.id, NOW, HOURS) for one in people]
    assert places == [Place(1, 4), Place(2, 8), Place(3, 12)], "two at a time, eight minutes each"
    hire(tx, "li")
    presence.set_capacity(tx, "li", 6, "zhao", NOW)
    assert handovers.place(tx, people[2].id, NOW, HOURS) == Place(3, 3), "more hands"


def test_nobody_is_promised_less_than_what_has_passed_already(tx: Connection) -> None:
    hire(tx, "wang")
    handle(tx, "wang", 3, took=5)
    one = ask(tx, "web:a")
    assert handovers.place(tx, one.id, NOW, HOURS) == Place(1, 1)
    for passed in (3, 10, 40):
        presence.beat(tx, "wang", NOW + minutes(passed))
        assert handovers.place(tx, one.id, NOW + minutes(passed), HOURS) == Place(1, passed)


def test_where_nobody_sits_or_the_desk_is_closed_nobody_can_tell(tx: Connection) -> None:
    hire(tx, "wang")
    handle(tx, "wang", 3, took=5)
    one = ask(tx, "web:a")
    assert handovers.place(tx, one.id, NOW + minutes(2), HOURS).minutes is None, "her page is closed"
    night = NOW + timedelta(hours=10)
    presence.beat(tx, "wang", night)
    assert handovers.place(tx, one.id, night, HOURS).minutes is None


def test_a_night_does_not_make_the_estimate_of_the_morning(tx: Connection) -> None:
    hire(tx, "wang")
    handle(tx, "wang", 3, took=5)
    one = ask(tx, "web:a", NOW + timedelta(hours=10))
    morning = NOW + timedelta(hours=23, minutes=2)
    presence.beat(tx, "wang", morning)
    assert handovers.place(tx, one.id, morning, HOURS) == Place(1, 2), "two minutes into the day"
