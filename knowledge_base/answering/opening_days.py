"""Whether an office is open on the days, the holiday or at the moment that a question asks about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from itertools import pairwise

from knowledge_base.answering.days import AskedDays
from knowledge_base.answering.occasion import HolidayName, IsWorkday
from knowledge_base.answering.office_wording import day_name, on_day, shifts_on, word_shifts
from knowledge_base.answering.phrases import phrase
from knowledge_base.model import Office
from knowledge_base.model.office import Shift

FIXED = {"new_year": (1, 1), "labour": (5, 1), "national": (10, 1)}
"""Holidays that fall on the same day every year: known before the calendar is announced."""
A_YEAR, A_FORTNIGHT = 366, 14
NOON = (time(12), time(13))


class Opening:
    """One office seen on one day."""

    def __init__(self, office: Office, today: date, is_workday: IsWorkday, holiday_name: HolidayName) -> None:
        self.office, self.today = office, today
        self.is_workday, self.holiday_name = is_workday, holiday_name

    def lines(self, asked: AskedDays, now: time | None) -> list[str]:
        """The answers to what is asked, yes or no first; empty where no day is asked about."""
        found = [self.on(day) for day in asked.days]
        for holiday in asked.holidays:
            found += self.on_holiday(holiday)
        if asked.now and not found:
            found = self.at(now) if now is not None else [self.on(self.today)]
        if found and not self.shifts(asked.days[0] if asked.days else self.today) and not asked.holidays:
            found += self.next_open(asked.days[-1] if asked.days else self.today)
        if asked.noon:
            found += self.at_noon(asked.days[0] if asked.days else self.today)
        return list(dict.fromkeys(found))

    def shifts(self, day: date) -> Sequence[Shift]:
        return shifts_on(self.office, day, self.is_workday)[0] or ()

    def on(self, day: date) -> str:
        return on_day(self.office, day_name(day, self.today), day, self.is_workday)

    def at(self, now: time) -> list[str]:
        """Open at this moment?"""
        shifts = self.shifts(self.today)
        if not shifts:
            return [self.on(self.today)]
        if any(one.start <= now < one.end for one in shifts):
            return [phrase("office.now_open", shifts=word_shifts(shifts))]
        later = [one.start for one in shifts if one.start > now]
        if later:
            name = "office.now_early" if len(later) == len(shifts) else "office.now_break"
            return [phrase(name, start=f"{later[0]:%-H:%M}")]
        return [phrase("office.now_late"), *self.next_open(self.today)]

    def at_noon(self, day: date) -> list[str]:
        """Closed for lunch? On a day without hours, as on the next open one."""
        open_day = next((one for one in self.following(day - timedelta(days=1)) if self.shifts(one)), None)
        if open_day is None:
            return []
        shifts = self.shifts(open_day)
        for before, after in pairwise(shifts):
            if before.end < NOON[1] and after.start > NOON[0]:
                return [phrase("office.noon_break", start=f"{before.end:%-H:%M}", end=f"{after.start:%-H:%M}")]
        through = any(one.start <= NOON[0] and one.end >= NOON[1] for one in shifts)
        return [phrase("office.noon_open")] if through else []

    def next_open(self, day: date) -> list[str]:
        """The first open day after `day`; nothing where the calendar does not reach."""
        for later in self.following(day):
            shifts, _ = shifts_on(self.office, later, self.is_workday)
            if shifts is None:
                return []
            if shifts:
                when = day_name(later, self.today)
                return [phrase("office.next_open", when=when, shifts=word_shifts(shifts))]
        return []

    def following(self, day: date) -> Iterator[date]:
        return (day + timedelta(days=ahead) for ahead in range(1, A_FORTNIGHT))

    def on_holiday(self, holiday: str) -> list[str]:
        """All days of the holiday together where they are alike, else day by day."""
        if holiday == "any":
            if self.office.follows_calendar:
                return [phrase("office.holidays_closed")]
            return [self.on(self.today)]
        name = phrase(f"office.holidays.{holiday}")
        days = self.days_of(holiday, name)
        if not days:
            return [phrase("office.unknown_on", when=name)]
        if len(days) == 1:
            when = phrase("office.of_holiday", holiday=name, day=day_name(days[0], self.today))
            return [on_day(self.office, when, days[0], self.is_workday)]
        known = {word_shifts(self.shifts(day)) for day in days}
        if len(known) > 1:
            return [self.on(day) for day in days]
        span = phrase("office.span", first=day_name(days[0], self.today), last=day_name(days[-1], self.today))
        when = phrase("office.of_holiday", holiday=name, day=span)
        shifts = known.pop()
        return [phrase("office.open_all" if shifts else "office.closed_all", when=when, shifts=shifts)]

    def days_of(self, holiday: str, name: str) -> list[date]:
        """The holiday's next days: by the office's announcement, the calendar, or the fixed date."""
        for special in self.office.exceptions:
            if special.reason and special.last >= self.today and (name in special.reason or name[:2] in special.reason):
                return [special.first + timedelta(days=n) for n in range((special.last - special.first).days + 1)]
        days = [self.today + timedelta(days=ahead) for ahead in range(A_YEAR)]
        first = next((day for day in days if self.is_off_for(day, name)), None)
        if first is not None:
            return [first + timedelta(days=n) for n in range(15) if self.is_off_for(first + timedelta(days=n), name)]
        if holiday not in FIXED:
            return []
        month, day = FIXED[holiday]
        this_year = date(self.today.year, month, day)
        return [this_year if this_year >= self.today else this_year.replace(year=self.today.year + 1)]

    def is_off_for(self, day: date, name: str) -> bool:
        called = self.holiday_name(day)
        return called is not None and (called in name or name in called)
