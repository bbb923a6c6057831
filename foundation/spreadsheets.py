"""Tables for people's spreadsheets: no cell of them is ever a formula, whatever somebody typed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA = r"[=+\-@\t\r\n＝＋－＠]"
"""How a cell begins that some spreadsheet takes for a formula: in Chinese and Japanese ones, full-width signs too."""
NEEDS_GUARD = re.compile(rf"'*{FORMULA}|'+\d+[0-9A-Za-z]*$")
LONGEST_CELL = 32_767
"""Excel's limit."""
Row = Sequence[Any]


def guarded(cell: Any) -> Any:
    """A cell before which an apostrophe stands where a spreadsheet would take it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and NEEDS_GUARD.match(cell) else cell


def csv_file(head: Row, rows: Iterable[Row]) -> bytes:
    """A table as CSV, in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)  # where a semicolon separates cells, none of them begins a new one
    writer.writerow([guarded(cell) for cell in head])
    writer.writerows([guarded(_shown(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_file(sheets: Mapping[str, tuple[Row, Iterable[Row]]]) -> bytes:
    """Tables as a workbook: title of each sheet → its head and its rows."""
    book = Workbook(write_only=True)
    for title, (head, rows) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for row in (head, *rows):
            sheet.append([_cell(sheet, cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _shown(cell: Any) -> Any:
    return "" if cell is None else cell


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL])
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.quotePrefix = bool(NEEDS_GUARD.match(value))  # nor does it become one when somebody edits the cell
    return cell
