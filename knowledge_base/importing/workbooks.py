"""Workbooks (XLSX): tables whose header is among the first rows, and our own exports with their detail sheets."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from knowledge_base.importing import sheets
from knowledge_base.importing.cells import text_of
from knowledge_base.importing.columns import missing, recognise
from knowledge_base.importing.report import Entry, FileReport, Problem
from knowledge_base.importing.tables import entry_of
from knowledge_base.model.registry import TYPES

MARK = "zhengwu export"
"""The first cell of the sheet `about` in our own exports, whose texts are taken exactly as they are."""
HEADER_WITHIN = 10

Rows = list[tuple[int, list[Any]]]


def read_workbook(path: Path, name: str, report: FileReport) -> Iterator[Entry | Problem]:
    """The units of a workbook."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        content = {sheet.title: _rows(sheet) for sheet in book.worksheets}
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, OSError) as error:
        yield Problem(name, 1, "file", f"is not a readable .xlsx workbook ({error}); save it again from Excel or WPS")
        return
    about = content.pop("about", [])
    ours = bool(about) and about[0][1][:1] == [MARK]
    details = {title: _table(content.pop(title)) for title in sheets.DETAILS if title in content}
    found: dict[tuple[str, str], Entry] = {}
    recognised = False
    for title, rows in content.items():
        entries = _main(title, rows, name, ours, report)
        recognised |= entries is not None
        for entry in entries or ():
            key = _key(entry)
            if isinstance(entry, Problem) or key is None or key in found:
                yield entry  # a row without an id has no details; one that repeats an id is refused later
            else:
                found[key] = entry
    if not recognised:
        title, rows = next(((title, rows) for title, rows in content.items() if rows), ("", []))
        headings = map(text_of, rows[0][1]) if rows else ()
        yield Problem(f"{name}[{title}]", rows[0][0] if rows else 1, "columns", missing(headings))
    for title, table in details.items():
        yield from _attach(title, table, found, f"{name}[{title}]")
    yield from found.values()


def _main(title: str, rows: Rows, name: str, ours: bool, report: FileReport) -> Iterator[Entry | Problem] | None:
    """The units of a main sheet; None where the sheet is no table of ours."""
    place, source = f"{name}[{title}]", Path(name).name
    if ours and title in sheets.MAIN:
        kind = sheets.MAIN[title]
        return (
            Entry(line, {"kind": kind, **sheets.unflatten(TYPES[kind], row)}, file=place) for line, row in _table(rows)
        )
    for number, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        headings = [text_of(cell) for cell in cells]
        if header := recognise(headings):
            report.ignored += [f"[{title}] {heading}" for heading in header.ignored(headings)]
            return (found for line, row in rows[number + 1 :] for found in entry_of(header, row, line, place, source))
    if rows:
        report.ignored.append(f"[{title}]")
    return None


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
        if key not in found:
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


def _rows(sheet: Any) -> Rows:
    """The rows that are not empty, with their numbers."""
    sheet.reset_dimensions()  # what a foreign program wrote there is often wrong
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(line, list(cells)) for line, cells in rows if any(cell not in (None, "") for cell in cells)]


def _table(rows: Rows) -> list[tuple[int, dict[str, Any]]]:
    """Rows under their first one's names; dates as ISO texts, empty cells left out."""
    if not rows:
        return []
    names = [text_of(cell).strip() for cell in rows[0][1]]
    return [
        (line, {name: _own(cell) for name, cell in zip(names, cells) if name and cell not in (None, "")})
        for line, cells in rows[1:]
    ]


def _own(cell: Any) -> Any:
    return cell if isinstance(cell, (str, bool)) else text_of(cell)
