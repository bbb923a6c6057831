"""Working time, against a clock that looks at every minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from desk_people import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from desk import closures
from desk.errors import Malformed, NotFound
from desk.hours import Hours, desk_hours
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings
from foundation.shifts import Shift, parse_shifts

USUAL = parse_shifts("09:00-12:00,13:30-17:00")
CALENDAR = WorkCalendar()
ANNOUNCED = {
    date(2026, 10, 9): (),
    date(2026, 10, 12): parse_shifts("10:00-11:15"),
    date(2026, 10, 17): parse_shifts("09:00-12:00"),
}
"""Around the National Day of 2026: a closed Friday, a short Monday, an open Saturday."""
HOURS = Hours(USUAL, CALENDAR.is_workday, ANNOUNCED)


def at(text: str) -> datetime:
    """A moment at the office."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def by_the_minute(start: datetime, end: datetime) -> float:
    """Open seconds between two instants, by asking each second's minute apart; slow and plain."""
    open_seconds = 0.0
    moment = start
    while moment < end:
        here = moment.astimezone(CHINA)
        following = min(end, (here + timedelta(minutes=1)).replace(second=0, microsecond=0))
        day, minute = here.date(), here.hour * 60 + here.minute
        if day in ANNOUNCED:
            shifts = ANNOUNCED[day]
        else:
            works = CALENDAR.is_workday(day)
            shifts = USUAL if (day.weekday() < 5 if works is None else works) else ()
        if any(shift.start <= minute < shift.end for shift in shifts):
            open_seconds += (following - moment).total_seconds()
        moment = following
    return open_seconds


INSTANTS = st.datetimes(datetime(2026, 9, 25), datetime(2026, 10, 20), timezones=st.just(CHINA))
SPANS = st.one_of(st.integers(0, 3 * 24 * 3600), st.integers(0, 12 * 24 * 3600))


@settings(max_examples=60, deadline=None)
@given(INSTANTS, SPANS)
def test_working_time_is_that_of_the_slow_clock(start: datetime, seconds: int) -> None:
    end = (start + timedelta(seconds=seconds)).astimezone(timezone.utc)
    assert HOURS.seconds_open(start, end) == pytest.approx(by_the_minute(start, end), abs=1e-6)
    assert HOURS.is_open(start) == (by_the_minute(start, start + timedelta(microseconds=1)) > 0)


@settings(max_examples=150, deadline=None)
@given(INSTANTS, SPANS, SPANS)
def test_working_time_adds_up(start: datetime, first: int, second: int) -> None:
    middle, end = start + timedelta(seconds=first), start + timedelta(seconds=first + second)
    whole = HOURS.seconds_open(start, end)
    assert whole == pytest.approx(HOURS.seconds_open(start, middle) + HOURS.seconds_open(middle, end), abs=1e-6)
    assert HOURS.seconds_open(end, start) == (0.0 if first + second else whole)


@settings(max_examples=150, deadline=None)
@given(INSTANTS, st.integers(1, 3000))
def test_a_deadline_is_so_much_working_time_away(start: datetime, minutes: int) -> None:
    deadline = HOURS.after(start, minutes)
    assert HOURS.seconds_open(start, deadline) == pytest.approx(60 * minutes, abs=1e-6)
    assert HOURS.is_open(deadline - timedelta(seconds=1)), "it lies within a shift, or at its end"


@settings(max_examples=150, deadline=None)
@given(INSTANTS)
def test_it_opens_next_when_the_next_shift_begins(moment: datetime) -> None:
    opens = HOURS.opens_next(moment)
    assert opens is not None and opens > moment and HOURS.is_open(opens)
    assert not HOURS.is_open(opens - timedelta(microseconds=1))
    if not HOURS.is_open(moment):
        assert HOURS.seconds_open(moment, opens) == 0


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-23 11:50", "2026-11-23 13:40", 20),  # lunch
        ("2026-11-20 16:50", "2026-11-23 09:10", 20),  # a weekend
        ("2026-09-30 16:50", "2026-10-08 09:10", 20),  # the National Day
        ("2026-10-10 09:00", "2026-10-10 17:00", 390),  # a Saturday that is worked
        ("2026-10-09 09:00", "2026-10-09 17:00", 0),  # announced: closed
        ("2026-10-12 08:00", "2026-10-12 20:00", 75),  # announced: short
        ("2026-11-23 17:00", "2026-11-24 09:00", 0),
    ],
)
def test_nights_lunches_weekends_holidays(start: str, end: str, minutes: int) -> None:
    assert HOURS.seconds_open(at(start), at(end)) == 60 * minutes


def test_clocks_are_at_chinas_time_wherever_the_machine_stands() -> None:
    assert HOURS.is_open(datetime(2026, 11, 23, 1, 0, tzinfo=timezone.utc))
    assert not HOURS.is_open(datetime(2026, 11, 23, 0, 59, 59, tzinfo=timezone.utc))
    assert not HOURS.is_open(datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=3))))


def test_a_year_that_is_not_announced_goes_by_the_week() -> None:
    assert CALENDAR.is_workday(date(2031, 3, 3)) is None
    assert HOURS.is_open(at("2031-03-03 10:00")) and not HOURS.is_open(at("2031-03-02 10:00"))


def test_a_desk_that_never_opens_says_so() -> None:
    never = Hours((), CALENDAR.is_workday)
    assert never.opens_next(NOW) is None
    with pytest.raises(ConfigError, match="ZHENGWU_DESK_HOURS"):
        never.after(NOW, 1)


def test_supervisors_announce_and_revoke(database: Database, settings: Settings) -> None:
    monday = date(2026, 11, 23)
    with database.write() as tx:
        assert desk_hours(tx, settings).on(monday) == USUAL
        closures.announce(tx, monday, "", "停电检修", "zhao", NOW)
        assert not desk_hours(tx, settings).is_open(NOW)
        closures.announce(tx, monday, "10:00-11:00", "学习半天", "zhao", NOW)
        assert desk_hours(tx, settings).on(monday) == (Shift(600, 660),)
        assert [(one.day, one.shifts, one.reason) for one in closures.listing(tx, monday)] == [
            (monday, "10:00-11:00", "学习半天")
        ]
        with pytest.raises(Malformed, match="09:00-12:00"):
            closures.announce(tx, monday, "上午", "", "zhao", NOW)
        closures.revoke(tx, monday, "zhao", NOW)
        assert desk_hours(tx, settings).on(monday) == USUAL
        with pytest.raises(NotFound):
            closures.revoke(tx, monday, "zhao", NOW)
