"""Files → drafts, all in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.database import Database
from foundation.errors import ContentError
from knowledge_base.importing.bounds import MOST_PROBLEMS, TooMuch
from knowledge_base.importing.checking import Checker
from knowledge_base.importing.item_names import item_ids, with_item_id
from knowledge_base.importing.json_files import read_json, read_jsonl
from knowledge_base.importing.matching import remembered
from knowledge_base.importing.packed import Packed
from knowledge_base.importing.report import Entry, FileReport, Problem, Report
from knowledge_base.importing.standing import under_review
from knowledge_base.importing.tables import read_csv
from knowledge_base.importing.workbooks import read_workbook
from knowledge_base.importing.yaml_files import read_yaml
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases
from knowledge_base.store.drafts import IN_REVIEW, Draft
from knowledge_base.store.tables import memberships, revisions

Reader = Callable[[Path, str, FileReport], Iterator["Entry | Problem"]]
READERS: dict[str, Reader] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".jsonl": read_jsonl,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
}
NAMED_ONLY: dict[str, Reader] = {".json": read_json}
"""Read where they are named; in a folder they may well be other programs' files."""
LARGEST_FILE = 256 << 20
TOO_LARGE = f"is larger than {LARGEST_FILE >> 20} MB; divide it"
Progress = Callable[[str, int], None]
"""Called now and then with a file's name, or `drafts`, and how many units of it are done."""
STEP = 2000
TOO_MANY_PROBLEMS = f"has more than {MOST_PROBLEMS} problems, and nothing behind them is read; correct these first"


def import_files(
    database: Database,
    paths: Sequence[Path],
    account: str,
    now: datetime,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    on_progress: Progress | None = None,
) -> Report:
    """Save the units of these files, and of all known files below these folders, as drafts.

    Nothing of a file that has a bad row is taken, unless `skip_bad_rows`; a dry run takes nothing at all and
    reports the same. A row counts as bad, too, whose unit is under review, or has passed it, as something else: its
    draft would be overwritten.

    Raises:
        ContentError: a path does not exist, or holds no file of a known kind; or a unit was sent to review meanwhile.
    """
    tell = on_progress or (lambda name, done: None)
    report, checker, units = Report(dry_run=dry_run), Checker(), Packed()
    with database.read() as tx:
        matches, reviewed = remembered(tx), under_review(tx)
    for path in files_below(paths):
        file, found = FileReport(str(path), matches=matches), Packed()
        for entry, unit in good_entries(path, checker, file, tell):
            if unit.key not in reviewed:
                found.add(unit)
            elif unit == reviewed[unit.key].unit:
                report.unchanged += 1
            else:
                file.problems.append(in_the_way(reviewed[unit.key], entry, file.file))
        file.taken = not file.problems or skip_bad_rows
        checker.end_of_file(file.taken)
        report.files.append(file)
        units += found if file.taken else Packed()
    counts: Counter[str] = Counter()
    with database.write() as tx:
        releases.lock(tx)  # nobody sends to review what is looked at now
        if late := under_review(tx).keys() & set(units.keys):
            raise ContentError(f"{', '.join(map(str, sorted(late)))}: sent to review meanwhile; import again")
        ids = item_ids(units, published_items(tx)) if units.wanted else {}
        stand: set[UnitKey] = set()
        for part in units.parts(STEP):
            part = [with_item_id(unit, ids) for unit in part]
            same = releases.save_drafts(tx, part, account, now).unchanged
            counts.update(unit.kind for unit in part if unit.key not in same)
            stand |= same
            tell("drafts", len(stand) + sum(counts.values()))
        report.units = dict(counts)
        report.unchanged += len(stand)
        if dry_run:
            tx.rollback()
        elif len(units):
            names = [Path(file.file).name for file in report.files if file.taken]
            detail = {"files": names, "units": report.units, "unchanged": report.unchanged}
            audit.record(tx, account, "kb.import", "drafts", detail, now)
    return report


def in_the_way(draft: Draft, entry: Entry, file: str) -> Problem:
    """A row whose unit has a draft that waits for somebody's decision."""
    where = "is under review" if draft.state == IN_REVIEW else "has passed its review"
    text = (
        f"the draft of {draft.key} by {draft.account} {where}, and would be overwritten; have it published, or taken "
        "back from review, in the console, or leave this row out with --skip-bad-rows"
    )
    return Problem(entry.file or file, entry.line, "id", text)


def files_below(paths: Iterable[Path]) -> list[Path]:
    """The files to read: those named, and of a folder all of a known kind below it, in order, each once."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = [file for file in sorted(path.rglob("*")) if file.suffix.lower() in READERS and file.is_file()]
            found |= dict.fromkeys(file for file in below if not file.name.startswith((".", "~$")))
        elif not path.exists():
            raise ContentError(f"{path} does not exist")
        elif path.suffix.lower() not in READERS | NAMED_ONLY:
            raise ContentError(f"{path} is of no known kind; known are {' '.join(READERS)} (save .xls as .xlsx)")
        else:
            found[path] = None
    if not found:
        raise ContentError(f"there is no file to import; known are {' '.join(READERS)}")
    return list(found)


def read_file(path: Path, checker: Checker, tell: Progress) -> tuple[FileReport, list[Unit]]:
    """The good units of one file, and the report on it."""
    report = FileReport(str(path))
    return report, list(good_units(path, checker, report, tell))


def good_units(path: Path, checker: Checker, report: FileReport, tell: Progress) -> Iterator[Unit]:
    """The good units of one file as they are read; the report is complete when they are at their end."""
    return (unit for _, unit in good_entries(path, checker, report, tell))


def good_entries(path: Path, checker: Checker, report: FileReport, tell: Progress) -> Iterator[tuple[Entry, Unit]]:
    """The same, each with what the file has for it."""
    for entry in _entries(path, report.file, report):
        if len(report.problems) >= MOST_PROBLEMS:
            report.problems.append(Problem(report.file, entry.line, "file", TOO_MANY_PROBLEMS))
            break
        if isinstance(entry, Problem):
            report.problems.append(entry)
            continue
        checked = checker.check(entry, report.file)
        if isinstance(checked, Unit):
            report.units += 1
            if report.units % STEP == 0:
                tell(report.file, report.units)
            yield entry, checked
        else:
            report.problems += checked
    report.problems.sort(key=lambda problem: (problem.file, problem.line))
    tell(report.file, report.units)


def _entries(path: Path, name: str, report: FileReport) -> Iterator[Entry | Problem]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            yield Problem(name, 1, "file", TOO_LARGE)
        else:
            yield from (READERS | NAMED_ONLY)[path.suffix.lower()](path, name, report)
    except OSError as error:
        yield Problem(name, 1, "file", f"cannot be read ({error.strerror or error})")
    except TooMuch as error:
        place = f"{name}[{error.sheet}]" if error.sheet else name
        yield Problem(place, error.line or 1, error.field, f"{error}; nothing behind it is read")


def published_items(tx: Connection) -> Iterator[tuple[str, str]]:
    """Name and id of each published service item."""
    query = select(revisions.c.body["name"].as_string(), revisions.c.unit_id).join(
        memberships, memberships.c.revision_id == revisions.c.id
    )
    yield from tx.execute(query.where(memberships.c.kind == "item", memberships.c.to_release.is_(None)))
