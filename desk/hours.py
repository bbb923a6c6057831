"""When the desk is open: several shifts a day, on the days that the official calendar and announcements say.

A year that the calendar does not know yet goes by the week: Monday to Friday. All clocks are at China's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from desk import closures
from foundation.calendar import work_calendar
from foundation.clock import CHINA
from foundation.errors import ConfigError
from foundation.settings import Settings
from foundation.shifts import Shift, parse_shifts

A_YEAR = 366


class Hours:
    """Times in and out are aware; `announced` replaces the shifts of single days."""

    def __init__(
        self,
        shifts: Sequence[Shift],
        is_workday: Callable[[date], bool | None],
        announced: Mapping[date, Sequence[Shift]] | None = None,
    ) -> None:
        self._shifts = shifts
        self._is_workday = is_workday
        self._announced = announced or {}
        self._known: dict[date, list[tuple[datetime, datetime]]] = {}

    def on(self, day: date) -> Sequence[Shift]:
        """The shifts of a day; none when the desk is closed."""
        if day in self._announced:
            return self._announced[day]
        works = self._is_workday(day)
        return self._shifts if works or (works is None and day.weekday() < 5) else ()

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self._spans(at, at.astimezone(CHINA).date()))

    def opens_next(self, at: datetime) -> datetime | None:
        """When the first shift after `at` begins; None when there is none within a year."""
        return next((start for start, _ in self._spans(at) if start > at), None)

    def seconds_open(self, start: datetime, end: datetime) -> float:
        """How much of the time between the two instants the desk was open, in seconds; 0 when `end` is not later."""
        spans = self._spans(start, end.astimezone(CHINA).date())
        return sum(max(0.0, (min(end, to) - max(start, since)).total_seconds()) for since, to in spans)

    def after(self, start: datetime, minutes: float) -> datetime:
        """The instant at which the desk has been open for so many minutes since `start`: a deadline.

        Raises:
            ConfigError: the desk is not open for so long within a year of its opening days.
        """
        left = timedelta(minutes=minutes)
        for since, to in self._spans(start):
            since = max(since, start)
            if to - since >= left:
                return since + left
            left -= max(to - since, timedelta())
        raise ConfigError(
            f"the desk is not open for {minutes:g} minutes within a year: check ZHENGWU_DESK_HOURS and the announced "
            "closures"
        )

    def _spans(self, start: datetime, last: date | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from the day of `start` to the day `last`, or for a year."""
        day = start.astimezone(CHINA).date()
        last = last or day + timedelta(days=A_YEAR)
        while day <= last:
            yield from self._known.get(day) or self._look_up(day)
            day += timedelta(days=1)

    def _look_up(self, day: date) -> list[tuple[datetime, datetime]]:
        midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
        self._known[day] = [
            (midnight + timedelta(minutes=shift.start), midnight + timedelta(minutes=shift.end))
            for shift in self.on(day)
        ]
        return self._known[day]


def desk_hours(tx: Connection, settings: Settings) -> Hours:
    """The desk's hours by its settings, the official calendar and what the supervisors announced."""
    return Hours(parse_shifts(settings.desk_hours), work_calendar().is_workday, closures.announced(tx))
