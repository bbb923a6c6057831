"""The sheets of an XLSX file as plain rows: merged cells, formulas and errors told, no file too large to unpack.

Uses openpyxl's own sheet parser rather than its read-only sheets, which tell neither what is merged nor which formula
has no result, and fill gaps between row numbers with as many empty rows as a broken file asks for.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from knowledge_base.importing.cells import Unreadable

LARGEST = 384 << 20
"""Bytes, unpacked. A few kilobytes of zip can hold gigabytes."""
LAST_COLUMN, LAST_ROW = 16_384, 1_048_576

Rows = list[tuple[int, list[Any]]]


class Merge(NamedTuple):
    """A cell that stands for several rows of one column."""

    column: int
    first: int
    last: int


class Grid(NamedTuple):
    title: str
    hidden: bool
    rows: Rows
    """Those that are not empty, with their numbers."""
    merges: list[Merge]


def read_grids(path: Path) -> list[Grid]:
    """All sheets of a workbook.

    Raises:
        ValueError: it is too large when it is unpacked.
        Exception: whatever openpyxl raises for a broken file; see `workbooks.BROKEN`.
    """
    with zipfile.ZipFile(path) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST:
            raise ValueError(f"unpacked it is larger than {LARGEST >> 20} MB; divide it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of drawings, validations and the like, which nobody asks for here
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            return [_grid(book, sheet) for sheet in book.worksheets]
        finally:
            book.close()


class _Parser(WorkSheetParser):
    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["data_type"] == "e":
            cell["value"] = Unreadable(f"shows {cell['value']}; correct its formula")
        elif cell["value"] is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell["value"] = Unreadable("has a formula without its result; open the file in Excel or WPS and save it")
        return cell


def _grid(book: Any, sheet: Any) -> Grid:
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        rows = [(line, cells) for line, found in parser.parse() if (cells := _cells(line, found))]
    merges = sorted(_merges(parser.merged_cells))
    return Grid(sheet.title, sheet.sheet_state != "visible", _filled(rows, merges), merges)


def _cells(line: int, found: list[dict[str, Any]]) -> list[Any]:
    values = {cell["column"]: cell["value"] for cell in found if cell["value"] not in (None, "")}
    if values and (line > LAST_ROW or max(values) > LAST_COLUMN):
        raise ValueError(f"row {line} lies outside of any sheet")
    return [values.get(column) for column in range(1, max(values) + 1)] if values else []


def _merges(merged: Any) -> Iterator[Merge]:
    for area in merged.mergeCell if merged else ():
        if area.min_row < area.max_row:
            yield Merge(area.min_col - 1, area.min_row, area.max_row)


def _filled(rows: Rows, merges: list[Merge]) -> Rows:
    """The rows with the value of a merged cell in each row for which it stands."""
    columns: dict[int, list[Merge]] = {}
    for merge in merges:
        columns.setdefault(merge.column, []).append(merge)
    for column, below in columns.items():
        waiting, value, open_until = iter(below), None, 0
        upcoming = next(waiting, None)
        for line, cells in rows:
            while upcoming and upcoming.first <= line:
                value, open_until = (
                    (cells[column : column + 1] or [None])[0] if upcoming.first == line else None,
                    upcoming.last,
                )
                upcoming = next(waiting, None)
            if line <= open_until and value is not None:
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = value
    return rows
