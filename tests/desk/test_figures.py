"""Waits, first replies and handlings in working time, over nights and lunches and through several hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from desk_people import ask, hire
from sqlalchemy.engine import Connection

from desk import figures, handovers, presence, speech
from desk.figures import Summary, Work
from desk.hours import Hours
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from foundation.database import Database
from foundation.shifts import parse_shifts

HOURS = Hours(parse_shifts("09:00-12:00,13:30-17:00"), WorkCalendar().is_workday)
MINUTE = 60.0


def at(text: str) -> datetime:
    """A moment of November 2026 at the office."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=CHINA)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        for name in ("wang", "li"):
            hire(tx, name, now=at("20 16:00"))
        yield tx


def test_neither_the_lunch_nor_the_weekend_counts(tx: Connection) -> None:
    lunch = ask(tx, "lunch", at("20 11:55"))
    handovers.take(tx, lunch.id, "wang", at("20 13:35"))
    speech.say(tx, lunch, "wang", "您好", "k", at("20 13:40"))
    handovers.close(tx, lunch.id, "wang", "answered", "", at("20 14:00"))
    weekend = ask(tx, "weekend", at("20 16:50"), department="户政")
    handovers.take(tx, weekend.id, "li", at("23 09:05"))
    speech.say(tx, weekend, "li", "您好", "k", at("23 09:06"))
    handovers.end(tx, weekend.id, "li", at("23 09:10"))
    handovers.close(tx, weekend.id, "li", "answered", "", at("23 09:12"))

    whole = figures.overall(tx, at("20 00:00"), at("24 00:00"), HOURS)
    assert whole == Summary(
        handovers=2, taken=2, left=0, wait_median=12.5 * MINUTE, wait_longest=15 * MINUTE,
        first_reply_median=15.5 * MINUTE, first_reply_longest=16 * MINUTE, handling_mean=16 * MINUTE,
    )  # fmt: skip
    by_department = figures.by_department(tx, at("20 00:00"), at("24 00:00"), HOURS)
    assert {name: one.wait_longest for name, one in by_department.items()} == {"": 10 * MINUTE, "户政": 15 * MINUTE}
    assert figures.by_agent(tx, at("20 00:00"), at("24 00:00"), HOURS) == [
        Work("li", 1, 7 * MINUTE, 7 * MINUTE), Work("wang", 1, 25 * MINUTE, 25 * MINUTE)
    ]  # fmt: skip
    assert figures.overall(tx, at("20 12:00"), at("20 16:00"), HOURS).handovers == 0


def test_what_goes_through_several_hands_counts_for_each(tx: Connection) -> None:
    one = ask(tx, "web:a", at("23 09:00"))
    handovers.take(tx, one.id, "wang", at("23 09:10"))
    handovers.transfer(tx, one.id, "wang", at("23 09:15"), department="户政")
    presence.beat(tx, "li", at("23 09:30"))
    handovers.take(tx, one.id, "li", at("23 09:30"))
    speech.say(tx, one, "li", "您好", "k", at("23 09:31"))
    handovers.close(tx, one.id, "li", "answered", "", at("23 09:40"))
    whole = figures.overall(tx, at("23 00:00"), at("24 00:00"), HOURS)
    assert (whole.wait_longest, whole.first_reply_longest, whole.handling_mean) == (600, 31 * MINUTE, 15 * MINUTE)
    work = figures.by_agent(tx, at("23 00:00"), at("24 00:00"), HOURS)
    assert [(one.account, one.handling_total) for one in work] == [("li", 600), ("wang", 300)]


def test_who_left_untaken_is_counted_and_has_no_wait(tx: Connection) -> None:
    handovers.withdraw(tx, ask(tx, "web:a", at("23 09:00")).id, at("23 09:30"), "gone")
    talked = handovers.take(tx, ask(tx, "web:b", at("23 09:00")).id, "wang", at("23 09:01"))
    handovers.withdraw(tx, talked.id, at("23 09:30"), "back")
    whole = figures.overall(tx, at("23 00:00"), at("24 00:00"), HOURS)
    assert (whole.handovers, whole.taken, whole.left) == (2, 1, 1)
    assert (whole.wait_longest, whole.first_reply_median, whole.handling_mean) == (60, None, None)


def test_days_are_those_of_the_office(tx: Connection) -> None:
    ask(tx, "late", at("23 23:30"))
    ask(tx, "early", at("24 00:30"))
    days = figures.by_day(tx, at("23 00:00"), at("25 00:00"), HOURS)
    assert {day: one.handovers for day, one in days.items()} == {date(2026, 11, 23): 1, date(2026, 11, 24): 1}


def test_the_load_of_this_moment(tx: Connection) -> None:
    now = at("23 09:30")
    ask(tx, "night", at("22 22:00"))
    ask(tx, "department", at("23 09:25"), department="户政")
    handovers.take(tx, ask(tx, "web:c", now).id, "wang", now)
    presence.beat(tx, "wang", now)
    load = figures.load(tx, now, HOURS)
    assert (load.waiting, load.waiting_by_department, load.longest_wait) == (2, {"": 1, "户政": 1}, 30 * MINUTE)
    assert [(one.account, one.load, one.present) for one in load.agents] == [("li", 0, False), ("wang", 1, True)]
    quiet = figures.load(tx, now + timedelta(hours=12), HOURS)
    assert quiet.longest_wait == (3 * 60 + 210) * MINUTE


def test_a_period_without_anybody_has_no_figures(tx: Connection) -> None:
    assert figures.overall(tx, at("01 00:00"), at("02 00:00"), HOURS) == Summary(0, 0, 0, None, None, None, None, None)
