"""Months at the office, by which things are reported and published."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from foundation.clock import CHINA
from foundation.errors import ZhengwuError
from insights.local_time import begin, end

WRITTEN = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class NoMonth(ZhengwuError):
    """What is no month."""


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """The month of `2026-10`. Raises NoMonth."""
        found = WRITTEN.fullmatch(text)
        if found is None:
            raise NoMonth(f"{text!r} is no month: write it as 2026-10")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def last_complete(cls, now: datetime) -> Month:
        """The newest month that is over."""
        return cls.of(now.astimezone(CHINA).date()).before

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.number, monthrange(self.year, self.number)[1])

    @property
    def since(self) -> datetime:
        """Its first instant, and `until` the first one after it."""
        return begin(self.first)

    @property
    def until(self) -> datetime:
        return end(self.last)

    @property
    def before(self) -> Month:
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def year_before(self) -> Month:
        return Month(self.year - 1, self.number)

    def is_over(self, now: datetime) -> bool:
        return self.until <= now
