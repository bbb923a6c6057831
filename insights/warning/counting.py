"""How many people asked, were refused and were unhappy, by series: read from the turns, kept by the hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from insights.turns import turns
from insights.warning.baseline import WEEKS
from insights.warning.series import Series, of
from insights.warning.tables import warning_hours

ASKED, REFUSED, UNHAPPY = "asked", "refused", "unhappy"
MEASURES = (ASKED, REFUSED, UNHAPPY)
Counts = Mapping[str, Mapping[Series, int]]
"""People, by measure and series."""
DISTRICT = 6
"""Digits of a region's code that are looked at."""
SETTLED = timedelta(minutes=2)
"""So long after an hour its last turns are committed."""
KEPT = timedelta(weeks=WEEKS, days=1)
HOUR = timedelta(hours=1)
QUESTIONS = ("answered", "options", "refused")
_READ = ("id", "at", "conversation", "unit_kind", "unit_id", "department", "region", "channel", "decision", "mood")


@dataclass(frozen=True)
class Seen:
    """One turn, as far as it counts."""

    id: int
    at: datetime
    who: str
    unit: str | None
    """`kind:id` of what it was answered from; of what was refused or offered, the closest."""
    department: str | None
    region: str | None
    channel: str
    refused: bool
    unhappy: bool


def read(tx: Connection, since: datetime, until: datetime) -> list[Seen]:
    """The questions of a stretch of time, oldest first."""
    mine = (turns.c.at >= since) & (turns.c.at < until) & turns.c.decision.in_(QUESTIONS)
    query = select(*(turns.c[name] for name in _READ), turns.c.candidates).where(mine).order_by(turns.c.at)
    return [_seen(row) for row in tx.execute(query)]


def people(seen: Iterable[Seen], since: datetime, until: datetime) -> dict[str, dict[Series, int]]:
    """Different people of the window, by measure and series: one who asks ten times counts once."""
    found: dict[str, dict[Series, set[str]]] = {name: defaultdict(set) for name in MEASURES}
    for one in seen:
        if not since <= one.at < until:
            continue
        for series in of(one.unit, one.department, one.region, one.channel):
            found[ASKED][series].add(one.who)
            if one.refused:
                found[REFUSED][series].add(one.who)
            if one.unhappy:
                found[UNHAPPY][series].add(one.who)
    return {name: {series: len(who) for series, who in counted.items()} for name, counted in found.items()}


def departments(seen: Iterable[Seen]) -> dict[str, str]:
    """Unit → the department that answers for it, of those seen."""
    return {one.unit: one.department for one in seen if one.unit and one.department}


def fill(tx: Connection, now: datetime, most: int = 24) -> int:
    """Count the hours that are over and not counted yet, the oldest first; returns how many there were."""
    last = _last(now)
    newest = tx.execute(select(func.max(warning_hours.c.hour))).scalar()
    oldest = tx.execute(select(func.min(turns.c.at)).where(turns.c.at >= last - KEPT)).scalar()
    if oldest is None:
        return 0
    hour = max(newest + HOUR if newest else oldest.replace(minute=0, second=0, microsecond=0), last - KEPT)
    done = 0
    while hour < last and done < most:
        counted = people(read(tx, hour, hour + HOUR), hour, hour + HOUR)
        kept = {name: {str(series): count for series, count in found.items()} for name, found in counted.items()}
        tx.execute(insert(warning_hours).values(hour=hour, counts=kept))
        hour, done = hour + HOUR, done + 1
    tx.execute(delete(warning_hours).where(warning_hours.c.hour < last - KEPT))
    return done


def forget_to_come(tx: Connection, now: datetime) -> None:
    """Forget hours that are not over: they were counted while a clock was ahead, and are counted when they are."""
    tx.execute(delete(warning_hours).where(warning_hours.c.hour >= _last(now)))


def is_behind(tx: Connection, now: datetime) -> bool:
    """Whether the clock that says `now` is behind: what was written last is of a time to come."""
    last = tx.execute(select(turns.c.at).order_by(turns.c.id.desc()).limit(1)).scalar()
    return last is not None and last > now + HOUR


def _last(now: datetime) -> datetime:
    """The beginning of the first hour that is not over."""
    return (now - SETTLED).replace(minute=0, second=0, microsecond=0)


def _seen(row: object) -> Seen:
    kind, unit = row.unit_kind, row.unit_id  # type: ignore[attr-defined]
    candidates = row.candidates  # type: ignore[attr-defined]
    if not unit and candidates:
        kind, unit = candidates[0]["kind"], candidates[0]["id"]
    return Seen(
        row.id,  # type: ignore[attr-defined]
        row.at,  # type: ignore[attr-defined]
        row.conversation or f"#{row.id}",  # type: ignore[attr-defined]
        f"{kind}:{unit}" if unit else None,
        row.department,  # type: ignore[attr-defined]
        (row.region or "")[:DISTRICT] or None,  # type: ignore[attr-defined]
        row.channel,  # type: ignore[attr-defined]
        row.decision == "refused",  # type: ignore[attr-defined]
        row.mood in ("annoyed", "distressed"),  # type: ignore[attr-defined]
    )
