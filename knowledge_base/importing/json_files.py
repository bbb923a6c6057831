"""JSON: one unit a line (JSONL), or one array of units."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge_base.importing.bounds import LONGEST_UNIT, MOST_COLUMNS
from knowledge_base.importing.columns import REQUIRED, catalogue, missing, recognise
from knowledge_base.importing.report import Entry, FileReport, Problem
from knowledge_base.importing.tables import Found, entry_of, note
from knowledge_base.importing.text_files import Lines, read_text
from knowledge_base.model import GOVERNED
from knowledge_base.model.registry import TYPES

LONGEST_WORD = len("-Infinity")


class TooLong(ValueError):
    def __init__(self) -> None:
        super().__init__(f"is longer than {LONGEST_UNIT} characters, or a quote is not closed; divide it")


def read_jsonl(path: Path, name: str, report: FileReport) -> Found:
    """One unit a line: with a `kind` and our own structure, or with the columns of a table, which may say it, too."""
    yield from _read(path, name, report, _lines)


def read_json(path: Path, name: str, report: FileReport) -> Found:
    """An array of such units, or one alone."""
    yield from _read(path, name, report, _array)


def _read(path: Path, name: str, report: FileReport, parts: Any) -> Found:
    try:
        text = read_text(path)
    except ValueError as error:
        yield Problem(name, 1, "encoding", str(error))
        return
    for line, raw in parts(text):
        if isinstance(raw, TooLong):
            yield Problem(name, line, "unit", str(raw))
        elif isinstance(raw, Exception):
            yield Problem(name, line, "line", f"is not JSON ({getattr(raw, 'msg', raw)})")
        elif isinstance(raw, list):
            yield Problem(name, line, "line", "is not a JSON object; write one object a line, or name the file .json")
        elif not isinstance(raw, dict):
            yield Problem(name, line, "line", "is not a JSON object")
        elif _structured(raw):
            yield Entry(line, raw)
        elif len(raw) > MOST_COLUMNS:
            yield Problem(name, line, "columns", f"has more than {MOST_COLUMNS} fields; leave out those not needed")
        elif (header := recognise(list(raw))) is None:
            yield Problem(name, line, "columns", missing(raw))
        else:
            note(report, [heading for heading in header.ignored(list(raw)) if heading != "kind"])
            yield from entry_of(header, list(raw.values()), line, name, path.name)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(Lines(text), start=1):
        if line.strip():
            try:
                yield number, TooLong() if len(line) > LONGEST_UNIT else json.loads(line.removesuffix("\n"))
            except (ValueError, RecursionError) as error:
                yield number, error


def _array(text: str) -> Iterator[tuple[int, Any]]:
    """The objects of an array with the lines on which they begin; what follows a fault cannot be read."""
    decoder, position, line = json.JSONDecoder(), 0, 1
    inside = text.lstrip().startswith("[")
    opened = text.find("[") + 1 if inside else 0
    while True:
        while opened < len(text) and (text[opened].isspace() or (inside and text[opened] == ",")):
            opened += 1
        line += text.count("\n", position, opened)
        position = opened
        if opened == len(text) or (inside and text[opened] == "]"):
            if inside and opened == len(text):
                yield line, ValueError("the array is not closed")
            return
        try:
            raw, opened = _decoded(decoder, text, opened)
        except (ValueError, RecursionError) as error:
            fault = getattr(error, "pos", position)
            yield line + text.count("\n", position, fault), error
            return
        yield line, raw


def _decoded(decoder: json.JSONDecoder, text: str, start: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends.

    Only so much is decoded as one unit may have: a million times `[],` takes thirty times as much when it is decoded.
    """
    for size in (LONGEST_UNIT // 100, LONGEST_UNIT):
        part = text[start : start + size]
        try:
            raw, length = decoder.raw_decode(part)
        except json.JSONDecodeError as error:
            if len(part) < size or (error.pos < size - LONGEST_WORD and not error.msg.startswith("Unterminated")):
                raise json.JSONDecodeError(error.msg, text, start + error.pos) from error
        else:
            if length < size:
                return raw, start + length
    raise TooLong


def _structured(raw: dict[str, Any]) -> bool:
    if raw.get("kind") not in GOVERNED:
        return False
    known = TYPES[raw["kind"]].__fields__.keys() | {"kind"}
    lists = (raw.get(name, ()) for name in ("aliases", "similar_questions", "words"))
    return raw.keys() <= known and not any(isinstance(value, str) for value in lists) and not _is_row(raw)


def _is_row(raw: dict[str, Any]) -> bool:
    """Whether a unit that says its kind holds what a row of a table of that kind may hold, and nothing else."""
    columns = raw.keys() - {"kind"}
    required = set(REQUIRED.get(raw["kind"], ()))
    if not required or not required <= columns <= set(catalogue()[raw["kind"]]):
        return False
    values = (entry for value in raw.values() for entry in (value if isinstance(value, list) else [value]))
    return not any(isinstance(entry, (dict, list)) for entry in values)
