"""Tables of turns: how many, what came of them, and the way to the questions behind each number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.insights.asked import Asked
from console.insights.naming import entry, word
from console.insights.tables import Cell, Chart, Column, Drawn, Form, Table, Tone
from insights.figures import Count

DECISIONS = ("answered", "options", "refused")
STACK: Mapping[int, Tone] = {2: "main", 3: "light", 4: "warn", 5: "rest"}
MISSED: Mapping[int, Tone] = {4: "warn", 3: "light"}
"""Columns that are drawn: all decisions, or refusals and options."""
Row = tuple[Any, Count, Asked, Mapping[str, object]]
"""What the row is about; its count; what is asked for, and with what more, to see the questions behind it."""


def of_counts(
    name: str,
    about: str,
    rows: Iterable[Row],
    *,
    rated: bool = False,
    drawn: Drawn | None = None,
    series: Mapping[int, Tone] = STACK,
    key: Callable[[Any], Any] = lambda value: value,
    form: Form = "text",
    most: int = 400,
) -> Table:
    """One row for each thing: turns, what came of them with shares, handovers; with `rated`, what people thought.

    Args:
        about: the words of the first column; `key` makes its cells of what the rows are about.
        drawn: how the columns `series` are drawn.
    """
    columns = [Column(about, form), Column(word("columns.turns"), "count")]
    columns += [Column(word(f"columns.{decision}"), "count", shared=True) for decision in DECISIONS]
    columns += [Column(word("columns.other"), "count")]
    columns += [Column(word("columns.handovers"), "count", shared=True)]
    if rated:
        columns += [Column(word("columns.score"), "score"), Column(word("columns.bad"), "count")]
    cells = [[Cell(key(value)), *_cells(count, asked, more, rated)] for value, count, asked, more in rows]
    chart = Chart(drawn, series) if drawn else None
    return Table(name, word(f"tables.{name}"), columns, cells, chart=chart, most=most, note=note(name))


def note(name: str) -> str:
    """What must be known to read a table, where there is something."""
    return str(entry("notes").get(name, ""))


def _cells(count: Count, asked: Asked, more: Mapping[str, object], rated: bool) -> list[Cell]:
    def behind(number: int, share: float | None = None, **which: object) -> Cell:
        return Cell(number, asked.link("/questions", **more, **which) if number else "", share)

    found = [
        behind(count.turns),
        behind(count.answered, count.answered_share, decision="answered"),
        behind(count.options, count.options_share, decision="options"),
        behind(count.refused, count.refused_share, decision="refused"),
        behind(count.other, decision="other"),
        behind(count.handovers, count.handover_share, handover=1),
    ]
    return [*found, Cell(count.mean_score), behind(count.bad, bad=1)] if rated else found


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
