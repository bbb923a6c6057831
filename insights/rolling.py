"""Rolls days up once they are over: counts a day, then keeps what was counted.

Counting only reads, and takes the time; keeping is one short transaction. Two workers may be at the same day: the
second finds it kept. One that is killed leaves the day as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, delete, func, insert, literal, select, text, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import Subquery

from foundation.clock import CHINA
from insights.counting import COUNTED, FIELDS
from insights.rollups import ALL, CUBES, Cube, letters, rolled_days, rollup_cells, rollups
from insights.scope import OF_TURNS, PARTS, on_days
from insights.turns import turns

SETTLED = timedelta(hours=1)
"""So long after its end a day is counted: by then its last turns are committed on every machine."""
LATE = 7
"""For so many days turns that came late are looked for."""

Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Counted:
    """A day, not kept yet."""

    day: date
    turns: int
    rows: list[tuple[str, Cell, str, tuple[int, ...]]]
    """Cube, cell, value in the cube, and the fields of a Count."""


def due(tx: Connection, now: datetime) -> list[date]:
    """The days that are over and not rolled up, or have got turns since, oldest first."""
    oldest = tx.execute(select(func.min(turns.c.at))).scalar_one()
    if oldest is None:
        return []
    first, last = oldest.astimezone(CHINA).date(), (now - SETTLED).astimezone(CHINA).date() - timedelta(days=1)
    kept = rolled(tx, first, last)
    over = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    recent = last - timedelta(days=LATE)
    return [day for day in over if day not in kept or (day > recent and how_many(tx, day) > kept[day])]


def rolled(tx: Connection, since: date, until: date) -> dict[date, int]:
    """The days that are rolled up, and how many turns they had."""
    query = select(rolled_days.c.day, rolled_days.c.turns).where(rolled_days.c.day.between(since, until))
    return dict(tx.execute(query).all())


def any_to_come(tx: Connection, now: datetime) -> bool:
    """Whether a day is rolled up that is not over."""
    today = now.astimezone(CHINA).date()
    return tx.execute(select(rolled_days.c.day).where(rolled_days.c.day >= today).limit(1)).first() is not None


def forget_to_come(tx: Connection, now: datetime) -> int:
    """Forget what `any_to_come` is about: it was rolled up while a clock was ahead. Returns how many days."""
    today = now.astimezone(CHINA).date()
    tx.execute(delete(rollups).where(rollups.c.day >= today))
    return int(tx.execute(delete(rolled_days).where(rolled_days.c.day >= today)).rowcount)


def how_many(tx: Connection, day: date) -> int:
    """Turns of a day that are still there."""
    return int(tx.execute(select(func.count()).select_from(turns).where(on_days(day, day))).scalar_one())


def count(tx: Connection, day: date) -> Counted:
    """Count a day; nothing is written."""
    there = how_many(tx, day)
    return Counted(day, there, [row for cube in CUBES for row in _rows(tx, cube, day)] if there else [])


def keep(tx: Connection, counted: Counted, now: datetime) -> bool:
    """Put what was counted in the place of what was kept of the day. False: what is kept has no fewer turns, as when
    somebody else was quicker, or turns have been deleted after their time; then it stays."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('roll-ups', 6))"))
    day = counted.day
    before = rolled(tx, day, day).get(day)
    if before is not None and counted.turns <= before:
        return False
    tx.execute(delete(rolled_days).where(rolled_days.c.day == day))
    tx.execute(delete(rollups).where(rollups.c.day == day))
    cells = _numbers(tx, {cell for _, cell, _, _ in counted.rows})
    rows = [
        {"day": day, "cube": cube, "cell": cells[cell], "value": value, **dict(zip(FIELDS, counts))}
        for cube, cell, value, counts in counted.rows
    ]
    if rows:
        tx.execute(insert(rollups), rows)
    tx.execute(insert(rolled_days).values(day=day, turns=counted.turns, at=now))
    return True


def _numbers(tx: Connection, cells: set[Cell]) -> dict[Cell, int]:
    """The number of each cell; those that are new get one."""
    query = select(*(rollup_cells.c[part] for part in PARTS), rollup_cells.c.id)
    if new := sorted(cells - {(row[0], row[1], row[2]) for row in tx.execute(query)}):
        told = [tuple(part for part, one in zip(PARTS, cell) if one != ALL) for cell in new]
        rows = [{"margin": letters(margin), **dict(zip(PARTS, cell))} for margin, cell in zip(told, new)]
        tx.execute(insert(rollup_cells), rows)
    return {(row[0], row[1], row[2]): row[3] for row in tx.execute(query)}


def _rows(tx: Connection, cube: Cube, day: date) -> Iterator[tuple[str, Cell, str, tuple[int, ...]]]:
    """The rows of a cube: what is counted by the finest cells goes to each margin that the cube keeps."""
    finest, margins = _finest(cube, day), _margins(cube)
    parts = [case((margins.c[part] == 1, finest.c[part]), else_=ALL).label(part) for part in PARTS]
    sums = (func.sum(finest.c[name]) for name in FIELDS)
    query = select(*parts, finest.c.value, *sums).select_from(finest.join(margins, literal(True)))
    for channel, region, department, value, *counts in tx.execute(query.group_by(*parts, finest.c.value)):
        yield cube.name, (channel, region, department), value, tuple(map(int, counts))


def _finest(cube: Cube, day: date) -> Subquery:
    parts = [column.label(part) for part, column in OF_TURNS.items()]
    value = cube.value.label("value")
    counted = (column.label(name) for name, column in COUNTED.items())
    query = select(*parts, value, *counted).where(on_days(day, day), cube.takes)
    return query.group_by(*parts, value).subquery("finest")


def _margins(cube: Cube) -> Subquery:
    """A row for each margin, which says of each part whether it is told apart."""
    rows = (select(*(literal(int(part in margin)).label(part) for part in PARTS)) for margin in cube.margins)
    return union_all(*rows).subquery("margins")
