"""The official working-day calendar: weekends, public holidays and the working weekends that make up for them.

The State Council announces each year late in the year before. What the library does not know yet an operator
adds in a YAML file (`ZHENGWU_CALENDAR_FILE`); what neither knows is None, and the citizen is told 以通知为准.

    2027:
      holidays:
        元旦: [2027-01-01]
        春节: 2027-02-05..2027-02-11
      workdays: [2027-02-14]
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
import yaml

from foundation.errors import ConfigError
from foundation.settings import get_settings


class WorkCalendar:
    """Days of a year named in the file follow the file first, then the library, then the week."""

    def __init__(self, file: Path | None = None) -> None:
        """Raises ConfigError when the file cannot be read or is malformed."""
        self._holidays: dict[date, str] = {}
        self._workdays: set[date] = set()
        self._years: set[int] = set()
        if file is not None:
            try:
                self._read(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
            except (OSError, yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
                raise ConfigError(
                    f"ZHENGWU_CALENDAR_FILE {file}: {error}. Each year holds `holidays` (name: list of dates, or "
                    "first..last) and `workdays` (list of dates)."
                ) from error

    def is_workday(self, day: date) -> bool | None:
        """Whether offices work on `day`; None where that is not announced yet."""
        if day in self._workdays:
            return True
        if day in self._holidays:
            return False
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < 5 if day.year in self._years else None

    def holiday_name(self, day: date) -> str | None:
        """The Chinese name of the public holiday that `day` is off for; None for other days."""
        if day in self._holidays:
            return self._holidays[day]
        if day in self._workdays:
            return None
        try:
            off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return None
        return str(chinese_calendar.Holiday(name).chinese) if off and name else None

    def add_working_days(self, start: date, n: int) -> date | None:
        """The `n`-th working day after `start`, which itself does not count (民法典第二百零一条).

        None when the way there leads over days that are not announced yet.
        """
        day = start
        while n > 0:
            day += timedelta(days=1)
            works = self.is_workday(day)
            if works is None:
                return None
            n -= works
        return day

    def _read(self, years: dict[int, dict[str, Any]]) -> None:
        for year, content in years.items():
            if unknown := set(content) - {"holidays", "workdays"}:
                raise ValueError(f"unknown key {sorted(unknown)[0]!r} under {year}")
            self._years.add(int(year))
            for name, days in (content.get("holidays") or {}).items():
                self._holidays.update((day, str(name)) for day in _days(days))
            for day in _days(content.get("workdays") or []):
                if self._holidays.get(day):
                    raise ValueError(f"{day} is both a holiday and a working day")
                self._workdays.add(day)


@lru_cache(maxsize=1)
def work_calendar() -> WorkCalendar:
    """The process's calendar, by its settings."""
    return WorkCalendar(get_settings().calendar_file)


def add_natural_days(start: date, n: int) -> date:
    """The `n`-th day after `start`, which itself does not count (民法典第二百零一条)."""
    return start + timedelta(days=n)


def _days(value: Any) -> Iterator[date]:
    """Dates, a list of them, or `first..last`."""
    if isinstance(value, list):
        for item in value:
            yield from _days(item)
    elif isinstance(value, str):
        first, _, last = value.partition("..")
        day, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
        if end < day:
            raise ValueError(f"{value!r} ends before it begins")
        while day <= end:
            yield day
            day += timedelta(days=1)
    elif type(value) is date:
        yield value
    else:
        raise ValueError(f"{value!r} is not a date")
