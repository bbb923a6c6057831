"""What the address of a page of figures asks for: the days, and of which channel, region and department."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from console.insights.roles import PART
from foundation.clock import CHINA
from insights.figures import Scope

NOBODY = "-"
"""In addresses: of no department, of no region; what is left out is everything."""
FILTERS = ("channel", "region", "department")
LONGEST = 100
MOST_DAYS = 1100
PERIODS: Mapping[str, Callable[[date], date]] = {
    "today": lambda today: today,
    "days7": lambda today: today - timedelta(days=6),
    "days30": lambda today: today - timedelta(days=29),
    "month": lambda today: today.replace(day=1),
    "year": lambda today: today.replace(month=1, day=1),
}
"""By the first day; the last one is today."""
USUAL = "days7"


@dataclass(frozen=True)
class Asked:
    scope: Scope
    period: str
    """The name of the period, which moves on with the days; empty: from one day to another."""
    mended: bool = False
    """The days made no sense, so others are shown."""

    def narrowed(self, **changes: date | str | None) -> Asked:
        """The same with other days, or a part of it."""
        return Asked(replace(self.scope, **changes), "")  # type: ignore[arg-type]

    def query(self, **more: object) -> str:
        """The address's part behind the question mark."""
        days = {"period": self.period} if self.period else {"since": self.scope.since, "until": self.scope.until}
        parts = {name: spelled(getattr(self.scope, name)) for name in FILTERS}
        kept = {name: value for name, value in {**days, **parts, **more}.items() if value not in (None, "")}
        return urlencode(kept)

    def link(self, page: str, /, **more: object) -> str:
        """The address of a page of figures about the same."""
        return f"{PART}{page}?{self.query(**more)}"

    @property
    def since(self) -> datetime:
        """The instant at which the first day begins."""
        return datetime.combine(self.scope.since, time(), CHINA)

    @property
    def until(self) -> datetime:
        """The instant at which the last day is over."""
        return datetime.combine(self.scope.until + timedelta(days=1), time(), CHINA)


def spelled(value: str | None) -> str:
    """A part as addresses have it."""
    return "" if value is None else value or NOBODY


def meant(text: str) -> str | None:
    """The opposite of `spelled`."""
    text = text.strip()[:LONGEST]
    return None if not text or not text.isprintable() else "" if text == NOBODY else text


def asked(given: Mapping[str, str], today: date) -> Asked:
    """What the parameters of an address ask for; days that make no sense become the usual ones."""
    parts = {name: meant(given.get(name, "")) for name in FILTERS}
    period = given.get("period", "")
    first, last = day(given.get("since", "")), day(given.get("until", ""))
    said = bool(given.get("since") or given.get("until"))
    mended = False
    if period not in PERIODS:
        period, mended = ("", False) if first and last and first <= last else (USUAL, said)
    if period:
        first, last = PERIODS[period](today), today
    assert first is not None and last is not None
    last = max(date(2000, 1, 1), min(last, today))
    first = min(last, max(first, last - timedelta(days=MOST_DAYS)))
    return Asked(Scope(first, last, **parts), period, mended)


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
