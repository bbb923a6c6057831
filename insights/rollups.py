"""Counts of days that are over: the tables, and which counts are kept. docs/decisions/0023 has the reasons.

A cube counts the turns of a day by one thing (the hour, the unit …) within each cell. A cell is a channel, a region and
a department; or a margin, in which some of the three are ALL. So every figure of a day, however it is narrowed, is one
row, or the sum of a few.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, and_, cast, func, literal, true
from sqlalchemy.sql.elements import ColumnElement

from foundation.database import Instant, metadata
from insights.counting import FIELDS
from insights.local_time import local_hour
from insights.scope import PARTS
from insights.turns import turns

ALL = "*"
"""Stands in a margin for what it adds up. "" stands for what a turn has none of."""

rolled_days = Table(
    "rolled_days",
    metadata,
    Column("day", Date, primary_key=True),
    # How many there were when they were counted: when there are more, the day is counted again.
    Column("turns", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)

rollup_cells = Table(
    "rollup_cells",
    metadata,
    Column("id", Integer, primary_key=True),
    # The first letters of what is not ALL: "crd", "cr", … "".
    Column("margin", String(3), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("region", String(15), nullable=False),
    Column("department", String(80), nullable=False),
    Index("ix_rollup_cells", "channel", "region", "department", unique=True),
)

rollups = Table(
    "rollups",
    metadata,
    Column("day", Date, primary_key=True),
    Column("cube", String(8), primary_key=True),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    # The hour, the aspect, or kind and id of the unit; empty in the cube of whole days.
    Column("value", String(150), primary_key=True),
    *(Column(name, BigInteger if name == "milliseconds" else Integer, nullable=False) for name in FIELDS),
    sqlite_with_rowid=False,  # the rows lie in the order of the key
)

Margin = tuple[str, ...]
"""The parts that are told apart."""


def letters(margin: Margin) -> str:
    return "".join(part[0] for part in margin)


EVERY: tuple[Margin, ...] = tuple(margin for size in range(4) for margin in combinations(PARTS, size))
SINGLE: tuple[Margin, ...] = tuple(margin for margin in EVERY if len(margin) in (0, 1, 3))
"""By two parts at once nobody looks often: then the cells of all three are added up, thirty at most."""


@dataclass(frozen=True)
class Cube:
    name: str
    value: ColumnElement
    """Of a turn, as text."""
    margins: tuple[Margin, ...]
    """Those that are kept."""
    takes: ColumnElement
    """Which turns are in it."""

    def margin(self, wanted: Collection[str]) -> Margin:
        """The smallest margin that tells these parts apart."""
        return min((one for one in self.margins if set(wanted) <= set(one)), key=len)


DAYS = Cube("day", cast(literal(""), String), EVERY, true())
HOURS = Cube("hour", cast(local_hour(turns.c.at), String), SINGLE, true())
ASPECTS = Cube("aspect", func.coalesce(turns.c.aspect, ""), SINGLE, true())
UNITS = Cube(
    "unit",
    turns.c.unit_kind + ":" + turns.c.unit_id,
    # A unit has one department, so those that tell departments apart have no more rows than those that do not.
    tuple(margin for margin in EVERY if "department" in margin),
    and_(turns.c.unit_kind.is_not(None), turns.c.unit_id.is_not(None)),
)
CUBES = (DAYS, HOURS, ASPECTS, UNITS)
