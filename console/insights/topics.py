"""事项: what was asked about, and how the units fare: most used, never used, badly rated, overdue for review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy.engine import Connection

from console.content import badly_rated
from console.insights import naming
from console.insights.asked import Asked, spelled
from console.insights.counted import Row, note, of_counts
from console.insights.naming import word
from console.insights.tables import Cell, Column, Table
from insights import figures
from insights.figures import Count
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.scope import department_of
from knowledge_base.editing.shelf import Shelf
from knowledge_base.model import Unit, UnitKey

MOST, MOST_UNITS = 20, 50


def tables(tx: Connection, asked: Asked, shelf: Shelf, today: date, opens: bool) -> list[Table]:
    """By unit, department, aspect; and units to be looked after.

    Args:
        opens: whether units are linked.
    """
    scope, units = asked.scope, figures.by_unit(tx, asked.scope)
    departments: Iterator[Row] = (
        (name, count, asked.narrowed(department=name), {}) for name, count in figures.by_department(tx, scope).items()
    )
    aspects = ((name, count, asked, {"aspect": spelled(name)}) for name, count in figures.by_aspect(tx, scope).items())
    return [
        _units(units, asked, shelf),
        of_counts(
            "by_department",
            word("columns.department"),
            departments,
            drawn="across",
            key=naming.department,
            most=MOST_UNITS,
        ),
        of_counts("by_aspect", word("columns.aspect"), aspects, drawn="across", key=naming.aspect),
        _badly_rated(tx, asked, shelf, opens),
        _overdue(_mine(shelf, asked), today, opens),
        _never(_mine(shelf, asked), units, opens),
    ]


def _units(counts: dict[tuple[str, str], Count], asked: Asked, shelf: Shelf) -> Table:
    return of_counts(
        "by_unit",
        word("columns.unit"),
        ((key, count, asked, {"unit": ":".join(key)}) for key, count in counts.items()),
        drawn="across",
        key=lambda key: title_of(shelf, key),
        most=MOST,
    )


def title_of(shelf: Shelf, key: tuple[str, str]) -> str:
    """What a unit is called; one that is not published any more by its key."""
    unit = shelf.get(*key)
    return word("gone", id=key[1]) if unit is None else unit.title


def unit_link(key: UnitKey, opens: bool) -> str:
    return f"/content/units/{key.kind}/{key.id}" if opens else ""


def _mine(shelf: Shelf, asked: Asked) -> list[Unit]:
    """The published units, of the department that is looked at."""
    wanted = asked.scope.department
    return [unit for unit in shelf.units.values() if wanted is None or department_of(unit) == wanted]


def _badly_rated(tx: Connection, asked: Asked, shelf: Shelf, opens: bool) -> Table:
    found = badly_rated.counted(tx, asked.since, asked.until, asked.scope.channel)
    wanted = {unit.key for unit in _mine(shelf, asked)}
    counted = [(key, number) for key, number in found.most_common() if key in wanted]
    columns = (Column(word("columns.unit")), Column(word("columns.department")), Column(word("columns.bad"), "count"))
    rows = [
        [
            Cell(title_of(shelf, key), unit_link(key, opens)),
            Cell(department_of(shelf.units[key])),
            Cell(number, asked.link("/questions", unit=str(key))),
        ]
        for key, number in counted
    ]
    return Table("badly_rated", word("tables.badly_rated"), columns, rows, note("badly_rated"), most=MOST)


def _overdue(units: list[Unit], today: date, opens: bool) -> Table:
    late = [(unit.review_by, unit) for unit in units if unit.review_by and unit.review_by < today]
    late.sort(key=lambda pair: (pair[0], pair[1].key))
    columns = (*_named(), Column(word("columns.review_by"), "day"), Column(word("columns.days_late"), "count"))
    rows = [[*_name(unit, opens), Cell(due), Cell((today - due).days)] for due, unit in late]
    return Table("overdue", word("tables.overdue"), columns, rows, note("overdue"), most=MOST)


def _never(units: list[Unit], counts: dict[tuple[str, str], Count], opens: bool) -> Table:
    unused = sorted((unit for unit in units if unit.key not in counts), key=lambda unit: unit.key)
    rows = [_name(unit, opens) for unit in unused]
    return Table("never_used", word("tables.never_used"), _named(), rows, note("never_used"), most=MOST)


def _named() -> tuple[Column, ...]:
    return tuple(Column(word(f"columns.{name}")) for name in ("unit", "kind", "department"))


def _name(unit: Unit, opens: bool) -> list[Cell]:
    department = department_of(unit) or word("none.department")
    return [Cell(unit.title, unit_link(unit.key, opens)), Cell(kind_name(unit.kind)), Cell(department)]
