"""What time it is. Passed in wherever time matters, so that tests and `--as-of` can set it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one time zone without summer time."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def advance(self, **span: float) -> None:
        """Move on by `timedelta(**span)`."""
        self.instant += timedelta(**span)


def local_today(clock: Clock) -> date:
    """The calendar day at the office."""
    return clock.now().astimezone(CHINA).date()
