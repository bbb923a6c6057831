"""Tables of figures: shown on a page, drawn as a chart and taken out as a file, each time the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from console.insights.naming import word

Form = Literal["text", "day", "count", "score", "seconds", "milliseconds"]
Drawn = Literal["stacked", "across", "lines"]
"""Columns upon each other, bars from left to right, lines."""
Tone = Literal["main", "light", "warn", "rest"]


LONGEST = 14
"""Characters of a label at an axis."""


@dataclass(frozen=True)
class Column:
    title: str
    form: Form = "text"
    shared: bool = False
    """Each of its cells is a part of something, and says which."""

    @property
    def number(self) -> bool:
        return self.form not in ("text", "day")


@dataclass(frozen=True)
class Cell:
    """A figure, in seconds where it is a time; None: there is nothing to work it out from."""

    value: Any
    link: str = ""
    """To the questions behind it."""
    share: float | None = None


@dataclass(frozen=True)
class Chart:
    """How a table is drawn: its first column along one side, others, each by its number, along the other."""

    drawn: Drawn
    series: Mapping[int, Tone]
    most: int = 20
    """Bars from left to right; columns and lines have them all."""


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    chart: Chart | None = None
    most: int = 400
    """Rows on the page; the rest is in the file."""


def said(column: Column, cell: Cell) -> str:
    """What a cell shows."""
    value = cell.value
    if value is None:
        return word("nothing")
    if column.form == "count":
        return f"{value:,}"
    if column.form == "score":
        return f"{value:.2f}"
    if column.form == "seconds":
        return lasting(float(value))
    if column.form == "milliseconds":
        return f"{value:,.0f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def lasting(seconds: float) -> str:
    """A time in the two largest of hours, minutes and seconds."""
    whole = round(seconds)
    if whole < 60:
        return word("times.seconds", seconds=whole)
    if whole < 3600:
        return word("times.minutes", minutes=whole // 60, seconds=whole % 60)
    return word("times.hours", hours=whole // 3600, minutes=whole % 3600 // 60)


def drawing(table: Table) -> dict[str, Any] | None:
    """What the page's script draws: labels, and each series with its values and where a click on them leads."""
    chart = table.chart
    if chart is None or not table.rows:
        return None
    rows = table.rows[: chart.most] if chart.drawn == "across" else table.rows
    first = table.columns[0]
    timed = any(table.columns[number].form == "seconds" for number in chart.series)
    return {
        "drawn": chart.drawn,
        "unit": word("units.axis") if timed else "",
        "labels": [said(first, row[0]) for row in rows],
        "ticks": [_brief(said(first, row[0]), row[0].value) for row in rows],
        "series": [
            {
                "name": table.columns[number].title,
                "tone": tone,
                "values": [_height(table.columns[number], row[number].value) for row in rows],
                "said": [said(table.columns[number], row[number]) for row in rows],
                "links": [row[number].link for row in rows],
            }
            for number, tone in chart.series.items()
        ],
    }


def _brief(text: str, value: Any) -> str:
    """What stands at an axis, where there is little room."""
    if isinstance(value, date):
        return f"{value:%m-%d}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _height(column: Column, value: Any) -> float | int | None:
    """In minutes where it is a time."""
    if not isinstance(value, int | float):
        return None
    return round(value / 60, 2) if column.form == "seconds" else value
