"""Tables: CSV and JSONL files, and what is common to all tables of rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from knowledge_base.importing.cells import clean, text_of
from knowledge_base.importing.columns import Header, missing, recognise
from knowledge_base.importing.report import Entry, FileReport, Problem
from knowledge_base.importing.rows import BadCell, unit_of
from knowledge_base.model import KINDS
from knowledge_base.model.registry import TYPES

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 1 << 20
Found = Iterator["Entry | Problem"]


def read_csv(path: Path, name: str, report: FileReport) -> Found:
    """The rows of a CSV file: UTF-8 or GB18030, separated by comma, semicolon or tab."""
    try:
        text = decode(path.read_bytes())
    except ValueError as error:
        yield Problem(name, 1, "encoding", str(error))
        return
    csv.field_size_limit(LONGEST_CELL)
    first = text.lstrip("\n").partition("\n")[0]
    headers = {mark: next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS}
    mark = max(DELIMITERS, key=lambda mark: (recognise(headers[mark]) is not None, len(headers[mark])))
    yield from _csv_rows(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True), name, report)


def read_jsonl(path: Path, name: str, report: FileReport) -> Found:
    """One unit a line: with a `kind` and our own structure, or with the columns of a table."""
    try:
        lines = decode(path.read_bytes()).split("\n")
    except ValueError as error:
        yield Problem(name, 1, "encoding", str(error))
        return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Problem(name, number, "line", f"is not JSON ({error})")
            continue
        if not isinstance(raw, dict):
            yield Problem(name, number, "line", "is not a JSON object")
        elif _structured(raw):
            yield Entry(number, raw)
        elif (header := recognise(list(raw))) is None:
            yield Problem(name, number, "columns", missing(raw))
        else:
            _note(report, [name for name in header.ignored(list(raw)) if name != "kind"])
            yield from entry_of(header, list(raw.values()), number, name, path.name)


def entry_of(header: Header, cells: Sequence[Any], line: int, name: str, source: str) -> Found:
    """The unit of one row; nothing for a row that is wholly empty. `source` is the title of the file as a source."""
    row: dict[str, str] = {}
    for field, cell in zip(header.fields, cells):
        try:
            text = clean(text_of(cell))
        except ValueError as error:
            yield Problem(name, line, field or "columns", str(error))
            return
        if field is not None and text:
            row[field] = text
    if extra := [cell for cell in cells[len(header.fields) :] if clean(text_of(cell))]:
        yield Problem(name, line, "columns", f"the row has {len(extra)} cells more than the header; check its quotes")
    elif row:
        try:
            yield Entry(line, unit_of(header.kind, row, source), file=name)
        except BadCell as error:
            yield Problem(name, line, error.field, str(error))


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or GB18030 (GBK).

    Raises:
        ValueError: it is in none of them.
    """
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16", errors="replace") if marked else _eight_bit(data)
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _eight_bit(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # A few bad bytes in UTF-8 must not turn the whole file into other characters.
        damaged = data.decode("utf-8-sig", errors="replace")
        bad = damaged.count("\ufffd")
        if bad * 20 < sum(character > "\x7f" for character in damaged):
            raise ValueError(f"line {line} is not valid UTF-8; save the file again as UTF-8") from error
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise ValueError(f"line {line} is neither UTF-8 nor GB18030; save the file as UTF-8") from error


def _csv_rows(reader: Any, name: str, report: FileReport) -> Found:
    header, source = None, Path(name).name
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield Problem(name, line, "line", f"is not well-formed CSV ({error}); check its quotes")
            continue
        if header is None:
            if not any(cell.strip() for cell in cells):
                continue
            header = recognise(cells)
            if header is None:
                yield Problem(name, line, "columns", missing(cells))
                return
            _note(report, header.ignored(cells))
        else:
            yield from entry_of(header, cells, line, name, source)
    if header is None:
        yield Problem(name, 1, "columns", "the file is empty")


def _structured(raw: dict[str, Any]) -> bool:
    if raw.get("kind") not in KINDS:
        return False
    known = TYPES[raw["kind"]].__fields__.keys() | {"kind"}
    lists = (raw.get(name, ()) for name in ("aliases", "similar_questions"))
    return raw.keys() <= known and not any(isinstance(value, str) for value in lists)


def _note(report: FileReport, columns: Iterable[str]) -> None:
    report.ignored += [column for column in columns if column not in report.ignored]
