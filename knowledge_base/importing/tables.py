"""Rows of any table → units, and the tables that are text: CSV, TSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from foundation.spreadsheets import FORMULA
from knowledge_base.importing.bounds import LONGEST_CELL, MOST_COLUMNS, MOST_SEPARATORS, TooMuch
from knowledge_base.importing.cells import clean, text_of
from knowledge_base.importing.columns import HEADER_WITHIN, Header, Matches, find_header, known_fields, missing
from knowledge_base.importing.report import Entry, FileReport, Problem, Table
from knowledge_base.importing.rows import SINGLE, BadCell, unit_of
from knowledge_base.importing.text_files import Lines, read_text

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 60
"""Lines among which the header is looked for; a title's cell may have several."""
GUARDED = re.compile(rf"'+{FORMULA}|'+\d+[0-9A-Za-z]*$")
FORMULA_TEXT = re.compile(r'="([^"]*)"')
Found = Iterator["Entry | Problem"]


def read_csv(path: Path, name: str, report: FileReport) -> Found:
    """The rows of a CSV file, whatever separates its cells; above the header may stand a title."""
    try:
        text = read_text(path)
    except ValueError as error:
        yield Problem(name, 1, "encoding", str(error))
        return
    csv.field_size_limit(LONGEST_CELL)
    tops = {mark: _top(text, mark) for mark in DELIMITERS}
    found = [(layout, mark) for mark, top in tops.items() if (layout := _layout(top, report.matches))]
    if not found:
        note_table(report, name, max((list(top.values()) for top in tops.values()), key=_width))
        first = next(iter(tops[","].values()), [])
        yield Problem(name, 1, "columns", missing(first) if text.strip() else "the file is empty")
        return
    (start, headings, header), mark = max(found, key=lambda pair: known_fields(pair[0][2]))
    if len(headings) > MOST_COLUMNS:
        raise TooMuch(f"has more than {MOST_COLUMNS} columns; delete those that are not needed", start, "columns")
    note(report, header.ignored(headings))
    report.tables.append(Table(name, tuple(headings), header.kind, header.fields, tuple(tops[mark].get(start + 1, ()))))
    source, torn = path.name, False
    for line, cells in _rows(text, start, mark):
        if isinstance(cells, csv.Error):
            yield Problem(name, line, "line", f"is not well-formed CSV ({cells}); check its quotes")
            torn = True
        elif torn and len(cells) != len(header.fields) and any(cells):
            yield Problem(name, line, "columns", "has other columns than the header; it may belong to the row above")
        else:
            torn = torn and not any(cells)
            yield from entry_of(header, list(map(unguarded, cells)), line, name, source)


def entry_of(header: Header, cells: Sequence[Any], line: int, name: str, source: str) -> Found:
    """The unit of one row; nothing for a row that is wholly empty. `source` is the title of the file as a source."""
    row: dict[str, str] = {}
    for number, cell in enumerate(cells):
        field = header.fields[number] if number < len(header.fields) else None
        try:
            text = clean(text_of(cell, "\n" if field in SINGLE else "|"))
        except (ValueError, RecursionError) as error:
            yield Problem(name, line, field or "columns", str(error))
            return
        if text and number >= len(header.fields):
            extra = sum(1 for cell in cells[number:] if cell not in (None, ""))
            yield Problem(name, line, "columns", f"the row has {extra} cells more than the header; check its quotes")
            return
        if field is not None and text:
            unit = header.units[number]
            row[field] = f"{text}{unit}" if unit and text.isdecimal() else text
    if row:
        try:
            yield Entry(line, unit_of(header.kind, row, source), file=name, cleaned=True)
        except BadCell as error:
            yield Problem(name, line, error.field, str(error))


def unguarded(cell: str) -> str:
    """A cell without what spreadsheets are told to keep a text by: `'=1+1`, `'0012`, `="0012"`."""
    if cell[:1] == "'" and GUARDED.match(cell):
        return cell[1:]
    match = FORMULA_TEXT.fullmatch(cell) if cell[:1] == "=" else None
    return match.group(1) if match else cell


def note(report: FileReport, columns: Iterable[str]) -> None:
    """Tell of columns from which nothing is taken; in JSON each unit may have others."""
    if len(report.ignored) < MOST_COLUMNS:
        report.ignored += [column for column in columns if column not in report.ignored]


def note_table(report: FileReport, place: str, rows: Sequence[Sequence[str]]) -> None:
    """Keep the likeliest header row of a table that is not recognised: of the first rows, the fullest."""
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows[:HEADER_WITHIN]]
    if filled and max(filled) > 1:
        at = filled.index(max(filled))
        sample = rows[at + 1] if at + 1 < len(rows) else ()
        report.tables.append(Table(place, tuple(rows[at]), None, (None,) * len(rows[at]), tuple(sample)))


def _width(rows: Sequence[Sequence[str]]) -> int:
    return max(map(len, rows), default=0)


class _Lines(Lines):
    """The lines of a table with this delimiter, of which one row has a bound."""

    def __init__(self, text: str, mark: str) -> None:
        super().__init__(text)
        self._mark = mark
        self.separators = 0
        """Since the last row."""

    def __next__(self) -> str:
        line = super().__next__()
        self.separators += line.count(self._mark)
        if self.separators > MOST_SEPARATORS:
            raise TooMuch(f"has more than {MOST_SEPARATORS} separators in one row; check its quotes", self.read)
        return line


def _top(text: str, mark: str) -> dict[int, list[str]]:
    """The first rows that are not empty, with this delimiter, by the line on which each ends."""
    lines = _Lines(text, mark)
    reader = csv.reader(islice(lines, LONGEST_HEADER), delimiter=mark)
    rows: dict[int, list[str]] = {}
    try:
        for cells in reader:
            lines.separators = 0
            if any(cell.strip() for cell in cells):
                rows[reader.line_num] = cells[: MOST_COLUMNS + 1]
            if len(rows) > HEADER_WITHIN:
                break
    except csv.Error:
        pass  # what lies above is looked at all the same
    return rows


def _layout(top: dict[int, list[str]], matches: Matches) -> tuple[int, list[str], Header] | None:
    """The line behind the header, its cells, and what they are."""
    rows = list(top.items())
    found = find_header([cells for _, cells in rows], matches)
    return (*rows[found[0]], found[1]) if found else None


def _rows(text: str, start: int, mark: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The rows with their lines, from 1. After a row that is not well-formed reading goes on with the next line."""
    lines = _Lines(text, mark)
    for _ in islice(lines, start):
        lines.separators = 0
    reader = csv.reader(lines, delimiter=mark, strict=True)
    while True:
        before, place, lines.separators = lines.read, lines.place, 0
        try:
            yield before + 1, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield before + 1, error
            lines.go_back(before, place)
            next(lines)
            reader = csv.reader(lines, delimiter=mark, strict=True)
