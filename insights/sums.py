"""Adds up what is rolled up and, of the other days, the turns themselves: the sum is exact at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Connection

from insights.counting import COUNTED, FIELDS, Count
from insights.local_time import local_day
from insights.rolling import rolled
from insights.rollups import Cube, letters, rollup_cells, rollups
from insights.scope import OF_TURNS, PARTS, Scope, on_days
from insights.turns import turns

By = Literal["day", "value", "channel", "region", "department"]
"""`value`: of the cube."""


def sums(tx: Connection, scope: Scope, cube: Cube, by: By, value: str | None = None) -> dict[Any, Count]:
    """What a cube counts within a scope, by one thing.

    Args:
        value: only what has this value in the cube.
    """
    counted = sorted(rolled(tx, scope.since, scope.until))
    found: dict[Any, Count] = defaultdict(Count)
    for part in (_of_rollups(tx, scope, cube, by, value, counted), _of_turns(tx, scope, cube, by, value, counted)):
        for key, count in part:
            found[key] += count
    return dict(found)


def _of_rollups(
    tx: Connection, scope: Scope, cube: Cube, by: By, value: str | None, days: list[date]
) -> Iterator[tuple[Any, Count]]:
    cells = _cells(tx, scope, cube, by) if days else {}
    if not cells:
        return
    key = {"day": rollups.c.day, "value": rollups.c.value}.get(by, rollups.c.cell)
    # Days and cells are listed, not bounded: so each is looked up in the key, and nothing between them is read.
    mine = [rollups.c.day.in_(days), rollups.c.cube == cube.name, rollups.c.cell.in_(sorted(cells))]
    if value is not None:
        mine.append(rollups.c.value == value)
    for one, *counts in tx.execute(
        select(key, *(func.sum(rollups.c[name]) for name in FIELDS)).where(*mine).group_by(key)
    ):
        yield (cells[one] if by in PARTS else one), Count(*map(int, counts))


def _cells(tx: Connection, scope: Scope, cube: Cube, by: By) -> dict[int, str]:
    """The cells that make up a scope, and what each has of the part that is asked for."""
    narrowed = scope.narrowed()
    margin = cube.margin([*narrowed, *([by] if by in PARTS else [])])
    wanted = [rollup_cells.c.margin == letters(margin)]
    wanted += [rollup_cells.c[part] == one for part, one in narrowed.items()]
    part = rollup_cells.c[by if by in PARTS else PARTS[0]]
    return dict(tx.execute(select(rollup_cells.c.id, part).where(*wanted)).all())


def _of_turns(
    tx: Connection, scope: Scope, cube: Cube, by: By, value: str | None, days: list[date]
) -> Iterator[tuple[Any, Count]]:
    stretches = [on_days(*one) for one in stretches_of(scope.days(), days)]
    if not stretches:
        return
    key = {"day": local_day(turns.c.at), "value": cube.value, **OF_TURNS}[by]
    mine = [or_(*stretches), scope.of_turns(), cube.takes]
    if value is not None:
        mine.append(cube.value == value)
    for one, *counts in tx.execute(select(key, *COUNTED.values()).where(and_(*mine)).group_by(key)):
        yield one, Count(*map(int, counts))


def stretches_of(days: Iterable[date], without: Iterable[date]) -> list[tuple[date, date]]:
    """The days apart from these as stretches, first and last day of each."""
    left_out, found = set(without), list[tuple[date, date]]()
    for day in days:
        if day in left_out:
            continue
        if found and found[-1][1] == day - timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
