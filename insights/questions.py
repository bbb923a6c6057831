"""The masked questions behind a figure.

The figure itself says on which days they are: so what is rare is found in a year of turns without reading them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from insights.counting import BAD, Count
from insights.local_time import local_hour
from insights.rollups import ASPECTS, DAYS, HOURS, UNITS, Cube
from insights.scope import Scope, on_days
from insights.sums import sums
from insights.turns import turns

Unit = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """A turn as whoever looks behind a figure sees it."""

    id: int
    at: datetime
    channel: str
    region: str | None
    department: str | None
    question: str | None
    """Masked; None where its text is not kept, or not any more."""
    kind: str
    decision: str
    unit: Unit | None
    """Kind and id."""
    aspect: str | None
    confidence: float | None
    record: str | None
    mood: str | None
    rating: int | None
    handover: bool


PLAIN = (
    "id", "at", "channel", "region", "department", "question", "kind", "decision", "aspect", "confidence", "record",
    "mood", "rating", "handover",
)  # fmt: skip


def questions(
    tx: Connection,
    scope: Scope,
    *,
    hour: int | None = None,
    unit: Unit | None = None,
    aspect: str | None = None,
    decision: str | None = None,
    handover: bool | None = None,
    mood: str | None = None,
    bad: bool | None = None,
    after: int | None = None,
    most: int = 50,
) -> list[Question]:
    """The turns behind a figure, the newest first. Turns that were deleted after their time are counted, not listed.

    Args:
        hour: of the day, 0 to 23.
        aspect: "": that have none.
        bad: scores for the robot that are bad, or are not.
        after: the id of the last one that was shown: go on behind it.
    """
    wanted = [scope.of_turns()]
    if hour is not None:
        wanted.append(local_hour(turns.c.at) == hour)
    if unit is not None:
        wanted += [turns.c.unit_kind == unit[0], turns.c.unit_id == unit[1]]
    if aspect is not None:
        wanted.append(turns.c.aspect == aspect if aspect else turns.c.aspect.is_(None))
    if decision is not None:
        wanted.append(turns.c.decision == decision)
    if handover is not None:
        wanted.append(turns.c.handover.is_(handover))
    if mood is not None:
        wanted.append(turns.c.mood == mood)
    if bad is not None:
        wanted.append(turns.c.rating <= BAD if bad else turns.c.rating > BAD)
    last = tx.execute(select(turns.c.at).where(turns.c.id == after)).scalar_one_or_none() if after else None
    if last is not None:
        wanted.append(and_(turns.c.at <= last, or_(turns.c.at < last, turns.c.id < after)))
        scope = replace(scope, until=min(scope.until, last.astimezone(CHINA).date()))
    columns = (*(turns.c[name] for name in PLAIN), turns.c.unit_kind, turns.c.unit_id)
    query = select(*columns).where(*wanted).order_by(turns.c.at.desc(), turns.c.id.desc())
    cubes = [sums(tx, scope, cube, "day", value) for cube, value in _cubes(hour, unit, aspect)]
    days = set(cubes[0]).intersection(*cubes[1:])
    counts = {day: min(_most(cube[day], decision, handover, mood, bad) for cube in cubes) for day in days}
    found: list[Question] = []
    for stretch in _stretches(counts, most):
        rows = tx.execute(query.where(on_days(*stretch)).limit(most - len(found))).mappings()
        found += [_question(dict(row)) for row in rows]
        if len(found) == most:
            break
    return found


def _cubes(hour: int | None, unit: Unit | None, aspect: str | None) -> list[tuple[Cube, str | None]]:
    """The cubes that tell where these are; what several are asked for is where all of them have any."""
    found: list[tuple[Cube, str | None]] = []
    if unit is not None:
        found.append((UNITS, ":".join(unit)))
    if aspect is not None:
        found.append((ASPECTS, aspect))
    if hour is not None:
        found.append((HOURS, str(hour)))
    return found or [(DAYS, None)]


def _most(count: Count, decision: str | None, handover: bool | None, mood: str | None, bad: bool | None) -> int:
    """So many there are at most."""
    bounds = [count.turns]
    if decision is not None:
        bounds.append(getattr(count, decision))
    if handover:
        bounds.append(count.handovers)
    if mood in ("annoyed", "distressed", "pleased"):
        bounds.append(getattr(count, mood))
    if bad is not None:
        bounds.append(count.bad if bad else count.rated - count.bad)
    return min(bounds)


def _stretches(counts: Mapping[date, int], most: int) -> Iterator[tuple[date, date]]:
    """First and last day of where to look, newest first: days side by side until there may be enough."""
    stretch: tuple[date, date] | None = None
    waiting = 0
    for day in sorted((day for day, count in counts.items() if count), reverse=True):
        if stretch is not None and (waiting >= most or stretch[0] - day > timedelta(days=1)):
            yield stretch
            stretch, waiting = None, 0
        stretch, waiting = (day, stretch[1] if stretch else day), waiting + counts[day]
    if stretch is not None:
        yield stretch


def _question(row: dict[str, object]) -> Question:
    kind, id = row.pop("unit_kind"), row.pop("unit_id")
    return Question(unit=(kind, id) if kind and id else None, **row)  # type: ignore[arg-type]
