"""The sheets of an XLSX file as plain rows: merged cells, formulas and errors told, no file too large to unpack.

Uses openpyxl's parsers of workbooks and cells rather than its read-only sheets, which tell neither what is merged nor
which formula has no result, fill gaps between row numbers with as many empty rows as a broken file asks for, and keep
styles and the like that nobody asks for here.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import _find_workbook_part  # type: ignore[attr-defined]
from openpyxl.reader.workbook import WorkbookParser
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser
from openpyxl.xml.constants import ARC_CONTENT_TYPES, ARC_STYLE, SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from knowledge_base.importing.bounds import MOST_CELLS, MOST_COLUMNS, MOST_MERGES, MOST_ROWS, MOST_STYLES, TooMuch
from knowledge_base.importing.cells import Unreadable
from knowledge_base.importing.parts import Parts, elements

LARGEST = 384 << 20
"""Bytes, unpacked. A few kilobytes of zip can hold gigabytes."""
LAST_COLUMN, LAST_ROW = 16_384, 1_048_576
TEXT, RUN, MERGE, FORMAT = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("t", "r", "mergeCell", "numFmt"))

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
        TooMuch: it is too large, unpacked or when its cells are laid out.
        Exception: whatever openpyxl raises for a broken file; see `workbooks.BROKEN`.
    """
    with Parts(path, LARGEST) as parts, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of drawings, validations and the like, which nobody asks for here
        return list(_Book(parts).grids())


class _Book:
    """A workbook whose sheets together have a bound on their rows and cells."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        root: Any = fromstring(parts.read(ARC_CONTENT_TYPES))
        package: Any = Manifest.from_tree(root)
        self._parser = WorkbookParser(parts, _find_workbook_part(package).PartName[1:], keep_links=False)
        self._parser.parse()
        strings = package.find(SHARED_STRINGS)
        self._strings = _texts(parts, strings.PartName[1:]) if strings else []
        codes = _number_formats(parts) if ARC_STYLE in parts.namelist() else []
        self._dates = {number for number, code in enumerate(codes) if is_date_format(code)}
        self._spans = {number for number, code in enumerate(codes) if is_timedelta_format(code)}
        self._rows = self._cells = 0

    def grids(self) -> Iterator[Grid]:
        there = set(self._parts.namelist())
        for sheet, part in self._parser.find_sheets():
            if part.target in there and "chartsheet" not in part.Type:
                there.remove(part.target)  # a part is one sheet's: a file could name it a million times
                yield self._grid(sheet.name, sheet.state != "visible", part.target)

    def _grid(self, title: str, hidden: bool, part: str) -> Grid:
        with self._parts.open(part) as source:
            parser = _Parser(
                source,
                self._strings,
                data_only=True,
                epoch=self._parser.wb.epoch,
                date_formats=self._dates,
                timedelta_formats=self._spans,
            )
            try:
                rows = []
                for line, found in parser.parse():
                    if cells := _cells(line, found):
                        self._rows += 1
                        self._count(line, len(cells))
                        rows.append((line, cells))
                merges = sorted(parser.merges)
                self._fill(rows, merges)
            except TooMuch as error:
                error.line, error.sheet = error.line or parser.row_counter + 1, title
                raise
        return Grid(title, hidden, rows, merges)

    def _count(self, line: int, cells: int) -> None:
        self._cells += cells
        if self._cells > MOST_CELLS or self._rows > MOST_ROWS:
            raise TooMuch(f"with this row there are more than {MOST_ROWS} rows or {MOST_CELLS} cells; divide it", line)

    def _fill(self, rows: Rows, merges: list[Merge]) -> None:
        """Put the value of a merged cell in each row for which it stands."""
        lines = [line for line, _ in rows]
        for merge, following in zip(merges, [*merges[1:], None]):
            begin, end = bisect_left(lines, merge.first), bisect_right(lines, merge.last)
            if following and following.column == merge.column:  # in a broken file merged cells overlap
                end = min(end, bisect_left(lines, following.first))
            first, *below = rows[begin:end] or [(0, [])]
            value = first[1][merge.column] if first[0] == merge.first and merge.column < len(first[1]) else None
            for line, cells in below if value is not None else ():
                if (gap := merge.column + 1 - len(cells)) > 0:
                    self._count(line, gap)
                    cells.extend([None] * gap)
                cells[merge.column] = value


class _Parser(WorkSheetParser):
    """Rows and merged cells; of a sheet's other parts nothing is kept."""

    def parse(self) -> Generator[tuple[int, list[dict[str, Any]]], None, None]:
        self.merges: list[Merge] = []
        source: Any = self.source
        element: Any
        for element in elements(source, "sheetData/row", "mergeCells/mergeCell"):
            if element.tag == MERGE:
                self._merge(*range_boundaries(element.get("ref")))
            elif len(element) > LAST_COLUMN:
                raise TooMuch(f"has more than {LAST_COLUMN} cells in one row; copy the table into a new workbook")
            else:
                yield self.parse_row(element)
                self.row_dimensions.clear()

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["data_type"] == "e":
            cell["value"] = Unreadable(f"shows {cell['value']}; correct its formula")
        elif cell["value"] is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
            cell["value"] = Unreadable("has a formula without its result; open the file in Excel or WPS and save it")
        return cell

    def _merge(self, left: int, top: int, right: int, bottom: int) -> None:
        if top < bottom:
            self.merges.append(Merge(left - 1, top, bottom))
        if len(self.merges) > MOST_MERGES:
            raise TooMuch(f"has more than {MOST_MERGES} merged cells; divide it")


def _cells(line: int, found: list[dict[str, Any]]) -> list[Any]:
    values = {cell["column"]: cell["value"] for cell in found if cell["value"] not in (None, "")}
    if not values:
        return []
    if line > LAST_ROW or max(values) > LAST_COLUMN:
        raise ValueError(f"row {line} lies outside of any sheet")
    if (last := max(values)) > MOST_COLUMNS:
        raise TooMuch(
            f"column {get_column_letter(last)} is filled, and a table has at most {MOST_COLUMNS} columns; delete what "
            "stands far to the right",
            line,
            "columns",
        )
    return [values.get(column) for column in range(1, last + 1)]


def _texts(parts: Parts, name: str) -> list[str]:
    """The texts that cells share, in the order of their numbers."""
    found = []
    with parts.open(name) as part:
        for element in elements(part, "sst/si"):
            texts = [element.findtext(TEXT), *(run.findtext(TEXT) for run in element.iterfind(RUN))]
            found.append("".join(filter(None, texts)).replace("x005F_", ""))
            if len(found) > MOST_CELLS:
                raise TooMuch(f"has more than {MOST_CELLS} texts; divide it")
    return found


def _number_formats(parts: Parts) -> list[str | None]:
    """How each of the cells' styles shows numbers."""
    codes: dict[int, str | None] = dict(BUILTIN_FORMATS)
    used: list[int] = []
    with parts.open(ARC_STYLE) as part:
        for element in elements(part, "numFmts/numFmt", "cellXfs/xf"):
            number = int(element.get("numFmtId", 0))
            if element.tag == FORMAT:
                codes[number] = element.get("formatCode")
            else:
                used.append(number)
            if len(codes) + len(used) > MOST_STYLES:
                raise TooMuch(f"has more than {MOST_STYLES} formats of cells; copy the table into a new workbook")
    return [codes.get(number) for number in used]
