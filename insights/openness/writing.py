"""The files of a month, and putting them where others read them: all of them at once, or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from foundation.spreadsheets import csv_file
from insights.months import WRITTEN, Month
from insights.openness.statistics import WORDS, Table

DICTIONARY, README = "dictionary.csv", "README.txt"
NUMERIC = frozenset({"satisfaction", "waits"})
"""Tables with numbers that are no counts."""


def files(tables: Iterable[Table], month: Month, office: str, made_on: date) -> dict[str, bytes]:
    """Name → content of every file of a month."""
    written = list(tables)
    found = {f"{table.name}.csv": csv_file(table.head, table.rows) for table in written}
    found[DICTIONARY] = csv_file(WORDS.entry("dictionary.head"), _dictionary(written))
    listed = "\n".join(f"{table.name}.csv  {WORDS.entry(f'files.{table.name}.title')}" for table in written)
    readme = WORDS.say("readme", office=office, month=month, list=listed, made_on=made_on)
    return {**found, README: readme.encode("utf-8-sig")}


def put(directory: Path, month: Month, content: Mapping[str, bytes]) -> Path:
    """Make `directory/2026-10` hold these files and nothing else: never a part of them, nor some old and some new.

    Raises OSError: the disk is full, or nobody may write there; what stood there stands there still.
    """
    directory.mkdir(parents=True, exist_ok=True)
    place = directory / str(month)
    fresh = Path(tempfile.mkdtemp(prefix=f".{month}-", dir=directory))
    try:
        for name, data in content.items():
            with (fresh / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        fresh.chmod(0o755)
        old = Path(tempfile.mkdtemp(prefix=f".{month}-", dir=directory))
        if place.exists():
            place.rename(old / "before")
        fresh.rename(place)
        shutil.rmtree(old)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return place


def months(directory: Path) -> list[Month]:
    """The months that lie there, newest first."""
    if not directory.is_dir():
        return []
    names = [one.name for one in directory.iterdir() if WRITTEN.fullmatch(one.name) and one.is_dir()]
    return sorted(map(Month.parse, names), reverse=True)


def read(directory: Path, month: Month) -> dict[str, bytes]:
    """Name → content of the files of a month; none where it was not exported here."""
    place = directory / str(month)
    if not place.is_dir():
        return {}
    return {one.name: one.read_bytes() for one in sorted(place.iterdir()) if one.is_file()}


def _dictionary(tables: Iterable[Table]) -> Iterator[tuple[str, str, str, str, str]]:
    """A line for each column of each file."""
    meaning, values = WORDS.entry("dictionary.columns"), WORDS.entry("dictionary.values")
    for table in tables:
        what = WORDS.entry(f"files.{table.name}.what")
        number = values["numeric" if table.name in NUMERIC else "number"]
        for column in table.head:
            kept = number if column == table.head[-1] else values["text"]
            yield f"{table.name}.csv", what, column, meaning[column], kept
