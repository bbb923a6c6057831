"""What figures are about: days at the office, and what of them is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func
from sqlalchemy.sql.elements import ColumnElement

from insights.local_time import begin, end
from insights.turns import turns

PARTS = ("channel", "region", "department")
"""By these a scope may be narrowed, by several of them at once."""
OF_TURNS: dict[str, ColumnElement] = {name: func.coalesce(turns.c[name], "") for name in PARTS}
"""What a turn has of each; "" where it has none."""


@dataclass(frozen=True)
class Scope:
    """Days at the office, both included, and what is looked at; None: everything, "": what has none."""

    since: date
    until: date
    channel: str | None = None
    region: str | None = None
    department: str | None = None

    def days(self) -> Iterator[date]:
        """From the first day to the last."""
        for number in range((self.until - self.since).days + 1):
            yield self.since + timedelta(days=number)

    def narrowed(self) -> dict[str, str]:
        """By what it is narrowed."""
        return {name: getattr(self, name) for name in PARTS if getattr(self, name) is not None}

    def of_turns(self) -> ColumnElement:
        """The condition on rows of `turns`, apart from the days."""
        return and_(True, *(_is(name, value) for name, value in self.narrowed().items()))


def on_days(since: date, until: date) -> ColumnElement:
    """The condition that a turn was on these days, both included."""
    return and_(turns.c.at >= begin(since), turns.c.at < end(until))


def _is(name: str, value: str) -> ColumnElement:
    return turns.c[name] == value if value else OF_TURNS[name] == ""
