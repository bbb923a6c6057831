"""Workbooks (XLSX): tables whose header is among the first rows, and our own exports with their detail sheets."""

from __future__ import annotations

import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl.utils.exceptions import InvalidFileException

from knowledge_base.importing import sheets
from knowledge_base.importing.cells import Unreadable, text_of
from knowledge_base.importing.columns import HEADER_WITHIN, REQUIRED, Header, find_header, missing
from knowledge_base.importing.grids import Grid, Merge, Rows, read_grids
from knowledge_base.importing.report import Entry, FileReport, Problem, Table
from knowledge_base.importing.rows import LISTS
from knowledge_base.importing.tables import entry_of, note_table
from knowledge_base.model.registry import TYPES

MARK = "zhengwu export"
"""The first cell of the sheet `about` in our own exports, whose texts are taken exactly as they are."""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,  # XML that is not well-formed
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    OSError,
    EOFError,
)
"""What openpyxl raises for files of other programs that are not quite right."""


def read_workbook(path: Path, name: str, report: FileReport) -> Iterator[Entry | Problem]:
    """The units of a workbook."""
    try:
        grids = {grid.title: grid for grid in read_grids(path)}
    except BROKEN as error:
        yield Problem(
            name, 1, "file", f"is not a readable .xlsx workbook ({_said(error)}); save it again from Excel or WPS"
        )
        return
    report.ignored += [f"[{grid.title}] (hidden)" for grid in grids.values() if grid.hidden and grid.rows]
    content = {title: grid for title, grid in grids.items() if not grid.hidden}
    about = content.pop("about", None)
    ours = about is not None and bool(about.rows) and about.rows[0][1][:1] == [MARK]
    details = {title: _table(content.pop(title).rows) for title in sheets.DETAILS if title in content}
    found: dict[tuple[str, str], Entry] = {}
    repeated: list[Entry] = []
    recognised = False
    for grid in content.values():
        entries = _main(grid, name, ours, report)
        recognised |= entries is not None
        for entry in entries or ():
            key = _key(entry)
            if isinstance(entry, Problem) or key is None:
                yield entry  # a row without an id has no details
            elif key in found:
                repeated.append(entry)  # and is refused later
            else:
                found[key] = entry
    if not recognised:
        title, rows = next(((title, grid.rows) for title, grid in content.items() if grid.rows), ("", Rows()))
        headings = map(_heading, rows[0][1]) if rows else ()
        yield Problem(f"{name}[{title}]", rows[0][0] if rows else 1, "columns", missing(headings))
        for grid in content.values():
            note_table(report, f"{name}[{grid.title}]", _texts(grid))
    for title, table in details.items():
        yield from _attach(title, table, found, f"{name}[{title}]")
    yield from found.values()
    yield from repeated


def _main(grid: Grid, name: str, ours: bool, report: FileReport) -> Iterator[Entry | Problem] | None:
    """The units of a main sheet; None where the sheet is no table of ours."""
    place, source = f"{name}[{grid.title}]", Path(name).name
    if ours and grid.title in sheets.MAIN:
        return _own_units(sheets.MAIN[grid.title], grid.rows, place)
    top = _texts(grid)
    if found := find_header(top, report.matches):
        number, header = found
        sample = tuple(top[number + 1]) if number + 1 < len(top) else ()
        report.tables.append(Table(place, tuple(top[number]), header.kind, header.fields, sample))
        report.ignored += [f"[{grid.title}] {heading}" for heading in header.ignored(top[number])]
        rows = _united(grid, number + 1, header)
        return (found for line, row in rows for found in entry_of(header, row, line, place, source))
    if grid.rows:
        report.ignored.append(f"[{grid.title}]")
    return None


def _texts(grid: Grid) -> list[list[str]]:
    """The first rows of a sheet as texts: one of them may be the header."""
    return [[_heading(cell) for cell in cells] for _, cells in grid.rows[: HEADER_WITHIN + 1]]


def _own_units(kind: str, rows: Rows, place: str) -> Iterator[Entry | Problem]:
    for line, row in _table(rows):
        if problem := _unreadable(row):
            yield Problem(place, line, *problem)
            continue
        try:
            yield Entry(line, {"kind": kind, **sheets.unflatten(TYPES[kind], row)}, file=place)
        except ValueError as error:
            yield Problem(place, line, "unit", str(error))


def _united(grid: Grid, start: int, header: Header) -> Iterator[tuple[int, list[Any]]]:
    """The rows below the header; those that share a merged name or question are one unit with several entries."""
    column = header.fields.index(REQUIRED[header.kind][0])
    merges = [merge for merge in grid.merges if merge.column == column]
    firsts = [merge.first for merge in merges]

    def joint(line: int) -> Merge | None:
        at = bisect_right(firsts, line) - 1
        return merges[at] if at >= 0 and line <= merges[at].last else None

    group: list[list[Any]] = []
    for number in range(start, len(grid.rows)):
        line, cells = grid.rows[number]
        group.append(cells)
        merge = joint(line)
        if merge and number + 1 < len(grid.rows) and joint(grid.rows[number + 1][0]) is merge:
            continue
        yield merge.first if merge else line, _one(group, header)
        group = []


def _one(group: list[list[Any]], header: Header) -> list[Any]:
    """One row of several: what differs is put together."""
    if len(group) == 1:
        return group[0]
    row: list[Any] = []
    for number in range(max(map(len, group))):
        cells = [cells[number] for cells in group if number < len(cells) and cells[number] is not None]
        broken = next((cell for cell in cells if isinstance(cell, Unreadable)), None)
        field = header.fields[number] if number < len(header.fields) else None
        texts = list(dict.fromkeys(map(_heading, cells)))
        row.append(broken or ("|" if field in LISTS else "\n").join(texts))
    return row


def _key(entry: Entry | Problem) -> tuple[str, str] | None:
    if isinstance(entry, Problem) or "id" not in entry.raw:
        return None
    return str(entry.raw["kind"]), str(entry.raw["id"])


def _attach(
    title: str, table: list[tuple[int, dict[str, Any]]], found: dict[tuple[str, str], Entry], place: str
) -> Iterator[Problem]:
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    detail = sheets.DETAILS[title]
    for line, row in table:
        key = (str(row.get("kind", "item")), str(row.get("unit")))
        if problem := _unreadable(row):
            yield Problem(place, line, *problem)
        elif key not in found:
            yield Problem(place, line, "unit", f"the workbook has no {key[0]} with the id {key[1]!r}")
        elif "aspect" in row and row["aspect"] not in detail.aspects:
            yield Problem(place, line, "aspect", f"must be one of {', '.join(detail.aspects)}")
        else:
            grouped.setdefault(key, []).append(row)
    for key, rows in grouped.items():
        body = found[key].raw
        for aspect in {str(row.get("aspect") or detail.aspects[0]) for row in rows} if detail.aspects else ():
            body.setdefault("aspects", {}).pop(aspect, None)
        try:
            sheets.attach(title, body, rows)
        except ValueError as error:
            yield Problem(place, 1, "unit", f"{key[0]}:{key[1]}: {error}")


def _table(rows: Rows) -> list[tuple[int, dict[str, Any]]]:
    """Rows under their first one's names; dates as ISO texts, empty cells left out."""
    if not rows:
        return []
    names = [_heading(cell).strip() for cell in rows[0][1]]
    return [
        (line, {name: _own(cell) for name, cell in zip(names, cells) if name and cell not in (None, "")})
        for line, cells in rows[1:]
    ]


def _own(cell: Any) -> Any:
    if isinstance(cell, (str, bool, Unreadable)):
        return cell
    try:
        return text_of(cell)
    except ValueError as error:
        return Unreadable(str(error))


def _unreadable(row: dict[str, Any]) -> tuple[str, str] | None:
    return next(((name, cell.problem) for name, cell in row.items() if isinstance(cell, Unreadable)), None)


def _heading(cell: Any) -> str:
    """The text of a cell; of one that cannot be read, nothing."""
    try:
        return text_of(cell)
    except ValueError:
        return ""


def _said(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
