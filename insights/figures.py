"""How many turns there were and what came of them: the figures of the console, the monthly report and the export.

Every figure is exact at any moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from sqlalchemy.engine import Connection

from insights.counting import Count
from insights.questions import Question, Unit, questions
from insights.rollups import ASPECTS, DAYS, HOURS, UNITS
from insights.scope import Scope
from insights.sums import sums

__all__ = [
    "Count", "Question", "Scope", "by_aspect", "by_channel", "by_day", "by_department", "by_hour", "by_month",
    "by_region", "by_unit", "questions", "total",
]  # fmt: skip

Key = TypeVar("Key")


def total(tx: Connection, scope: Scope) -> Count:
    """All turns of a scope."""
    return sum(by_day(tx, scope).values(), Count())


def by_day(tx: Connection, scope: Scope) -> dict[date, Count]:
    """By day at the office; every day of the scope is there, in order."""
    return _every(scope.days(), sums(tx, scope, DAYS, "day"))


def by_month(tx: Connection, scope: Scope) -> dict[date, Count]:
    """By the first of each month; a month of which the scope has a part has this part."""
    months: dict[date, Count] = defaultdict(Count)
    for day, count in by_day(tx, scope).items():
        months[day.replace(day=1)] += count
    return dict(months)


def by_hour(tx: Connection, scope: Scope) -> dict[int, Count]:
    """By hour of the day at the office, 0 to 23; every hour is there."""
    found = sums(tx, scope, HOURS, "value")
    return _every(range(24), {int(hour): count for hour, count in found.items()})


def by_channel(tx: Connection, scope: Scope) -> dict[str, Count]:
    """By the channel's name, the busiest first."""
    return _busiest(sums(tx, scope, DAYS, "channel"))


def by_region(tx: Connection, scope: Scope) -> dict[str, Count]:
    """By the division's code, the busiest first; "": where it is not known."""
    return _busiest(sums(tx, scope, DAYS, "region"))


def by_department(tx: Connection, scope: Scope) -> dict[str, Count]:
    """By the department that answers for the unit, the busiest first; "": of no unit, or of one without."""
    return _busiest(sums(tx, scope, DAYS, "department"))


def by_unit(tx: Connection, scope: Scope) -> dict[Unit, Count]:
    """By kind and id of the unit that the turn was about, the busiest first. Turns about none are left out."""
    found = sums(tx, scope, UNITS, "value")
    return _busiest({(kind, id): count for (kind, _, id), count in ((one.partition(":"), found[one]) for one in found)})


def by_aspect(tx: Connection, scope: Scope) -> dict[str, Count]:
    """By the aspect that was asked for, the busiest first; "": where none was understood."""
    return _busiest(sums(tx, scope, ASPECTS, "value"))


def _every(keys: Iterable[Key], found: dict[Key, Count]) -> dict[Key, Count]:
    return {key: found.get(key, Count()) for key in keys}


def _busiest(found: dict[Key, Count]) -> dict[Key, Count]:
    return dict(sorted(found.items(), key=lambda one: (-one[1].turns, one[0])))
