"""An uploaded file → units with their places, without touching the database."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from knowledge_base.importing.archives import Archive
from knowledge_base.importing.bounds import LONGEST_AVERAGE, LONGEST_IMPORT, MOST_PROBLEMS, TooMuch
from knowledge_base.importing.checking import Checker
from knowledge_base.importing.columns import Matches
from knowledge_base.importing.packed import Packed
from knowledge_base.importing.pipeline import LARGEST_FILE, TOO_LARGE, TOO_MANY_PROBLEMS, good_entries
from knowledge_base.importing.report import FileReport, Problem
from knowledge_base.importing.uploads import safe_name

ZIPPED = (".yaml", ".yml", ".jsonl")
"""What is read of a zip; a table, or a workbook, which is one itself, is sent alone."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, ValueError, EOFError)
"""What zipfile raises for a file that is none, is broken, or asks for a password."""


class Place(NamedTuple):
    file: str
    """With the sheet in brackets, where it is a workbook; within a zip, the path there."""
    line: int


class Read(NamedTuple):
    name: str
    report: FileReport
    units: Packed
    places: list[Place]
    """Of each unit, in the same order."""


def read_upload(name: str, content: bytes, matches: Matches, most: int | None = None) -> Read:
    """What a file holds; `name` is safe (`uploads.safe_name`) and tells the kind of file.

    Args:
        most: units that are read; that there are more is a problem.
    """
    read = Read(name, FileReport(name, matches=matches), Packed(), [])
    checker = Checker(most * LONGEST_AVERAGE if most else LONGEST_IMPORT)
    parts = _unpacked(content, read.report) if name.endswith(".zip") else iter([(name, content)])
    with TemporaryDirectory(prefix="import-") as folder:
        for shown, bytes_there in parts:
            path = Path(folder, safe_name(shown))  # within a zip a file may be called anything
            path.write_bytes(bytes_there)
            if not _read_part(read, path, shown, checker, most):
                break
            path.unlink()
    return read


def _read_part(read: Read, path: Path, shown: str, checker: Checker, most: int | None) -> bool:
    """Add the units of one file; False where there are more than is wanted."""
    part = FileReport(shown, matches=read.report.matches)
    for entry, unit in good_entries(path, checker, part, lambda name, done: None):
        if len(read.units) == most:
            read.report.problems.append(Problem(shown, entry.line, "file", f"has more than {most} units; divide it"))
            return False
        read.units.add(unit)
        read.places.append(Place(entry.file or shown, entry.line))
    checker.end_of_file(taken=True)
    read.report.problems += part.problems
    read.report.ignored += part.ignored
    read.report.tables += part.tables
    if len(part.problems) <= MOST_PROBLEMS < len(read.report.problems):  # many files, each with some
        read.report.problems.append(Problem(shown, 1, "file", TOO_MANY_PROBLEMS))
    return len(read.report.problems) <= MOST_PROBLEMS


def _unpacked(content: bytes, report: FileReport) -> Iterator[tuple[str, bytes]]:
    try:
        with Archive(content) as archive:
            for part in archive.infolist():
                if part.is_dir():
                    continue
                if not part.filename.lower().endswith(ZIPPED):
                    report.ignored.append(part.filename)
                elif part.file_size > LARGEST_FILE:
                    report.problems.append(Problem(part.filename, 1, "file", TOO_LARGE))
                else:
                    yield part.filename, archive.read(part)
    except TooMuch as error:
        report.problems.append(Problem(report.file, 1, "file", str(error)))
    except UNREADABLE:
        report.problems.append(
            Problem(report.file, 1, "file", "is not a readable .zip; pack it again without a password")
        )
