"""Taking content out: YAML and XLSX carry everything and come back the same; CSV and JSONL suit other programs."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import quote

import yaml
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy.engine import Connection

from foundation.clock import SystemClock, local_today
from foundation.errors import ContentError
from foundation.spreadsheets import NEEDS_GUARD, guarded
from knowledge_base.importing import sheets
from knowledge_base.importing.cells import join
from knowledge_base.importing.columns import catalogue
from knowledge_base.importing.rows import DATES as UNIT_DATES
from knowledge_base.importing.rows import LINES, LISTS, PLAIN
from knowledge_base.importing.workbooks import MARK
from knowledge_base.model import Faq, ServiceItem, Unit
from knowledge_base.store import codec, releases

Format = Literal["yaml", "xlsx", "csv", "jsonl"]
DATES = (*UNIT_DATES, "date", "since", "first", "last")
TOGETHER = ("faq", "synonym")
"""Kinds of which several stand in one file of YAML."""
LONGEST_CELL = 32_767
"""Excel's limit; what is longer would be cut off silently."""
Wanted = Callable[[Unit], bool]
Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def export(
    tx: Connection, release: int, directory: Path, form: Format = "yaml", wanted: Wanted | None = None
) -> list[Path]:
    """Write what a release holds into a directory that is new or empty; returns the files.

    YAML: one file per item, referral, package and office, and one per item for its FAQs; those of
    synonyms by category. XLSX: one workbook.
    JSONL: one line per unit. CSV: the tables of FAQs and items, which cannot hold everything, nor
    what holds on another day than today.

    Args:
        wanted: which of its units; all by default.

    Raises:
        ContentError: the directory is not empty, or a text does not fit the format.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ContentError(f"{directory} is not an empty directory; choose a new one, so that nothing old stays there")
    directory.mkdir(parents=True, exist_ok=True)
    units = [one.unit for one in releases.stream(tx, release) if wanted is None or wanted(one.unit)]
    units.sort(key=lambda unit: unit.key)
    write: dict[Format, Callable[[list[Unit], Path], list[Path]]] = {
        "yaml": write_yaml,
        "xlsx": write_xlsx,
        "csv": write_csv,
        "jsonl": write_jsonl,
    }
    return write[form](units, directory)


def packed(tx: Connection, release: int, form: Format, wanted: Wanted | None = None) -> tuple[str, bytes]:
    """The same as one file: its ending and its content. Several files are put into a zip.

    Raises:
        ContentError: a text does not fit the format.
    """
    with TemporaryDirectory(prefix="export-") as folder:
        files = export(tx, release, Path(folder, "content"), form, wanted)
        if len(files) == 1 and form != "yaml":
            return files[0].suffix, files[0].read_bytes()
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(Path(folder, "content")))
        return ".zip", written.getvalue()


def write_yaml(units: list[Unit], directory: Path) -> list[Path]:
    files: dict[Path, list[dict[str, Any]]] = {}
    for unit in units:
        belongs = unit.item if isinstance(unit, Faq) else None
        name = (belongs or unit.category or "general") if unit.kind in TOGETHER else unit.id
        files.setdefault(directory / f"{unit.kind}s" / f"{_file_name(name)}.yaml", []).append(readable(unit))
    for path, bodies in files.items():
        path.parent.mkdir(exist_ok=True)
        content = bodies if bodies[0]["kind"] in TOGETHER else bodies[0]
        text = yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=1000)
        path.write_text(text, "utf-8")
    return list(files)


def write_xlsx(units: list[Unit], directory: Path) -> list[Path]:
    bodies = [codec.dump(unit) for unit in units]
    tables = {title: list(sheets.rows(title, bodies)) for title in (*sheets.MAIN, *sheets.DETAILS)}
    for row in chain(*tables.values()):
        _fits(row)
    book = Workbook(write_only=True)
    about = book.create_sheet("about")
    about.append([MARK])
    about.append(["一行是一个单元；materials、sources 等表按 unit 列的编号补充它。一格里有几个值时用 | 隔开。"])
    for title, rows in tables.items():
        sheet = book.create_sheet(title)
        columns = sheets.header(title)
        sheet.append(columns)
        for row in rows:
            sheet.append([text_cell(sheet, row.get(column)) for column in columns])
    path = directory / "knowledge.xlsx"
    book.save(path)
    return [path]


def write_jsonl(units: list[Unit], directory: Path) -> list[Path]:
    path = directory / "knowledge.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for unit in units:
            # Without `sources`, what is short would be read as a row of a table, whose source is its file.
            body = codec.dump(unit)
            file.write(json.dumps({**body, "sources": body.get("sources", [])}, ensure_ascii=False) + "\n")
    return [path]


def write_csv(units: list[Unit], directory: Path, today: date | None = None) -> list[Path]:
    """The tables of FAQs and items, with the values that hold `today`: on the present day, where none is given."""
    files, day = [], today or local_today(SystemClock())
    for name, kind, model in (("faqs", "faq", Faq), ("items", "item", ServiceItem)):
        columns = list(catalogue()[kind])
        rows = [_flat(unit, day) for unit in units if isinstance(unit, model)]
        if rows:
            files.append(directory / f"{name}.csv")
            with files[-1].open("w", encoding="utf-8-sig", newline="") as file:  # the mark lets Excel read it
                # All in quotes: where a semicolon separates cells, none of them begins a new one.
                writer = csv.DictWriter(file, columns, extrasaction="ignore", quoting=csv.QUOTE_ALL)
                writer.writeheader()
                writer.writerows({name: guarded(cell) for name, cell in row.items()} for row in rows)
    return files


def readable(unit: Unit) -> dict[str, Any]:
    """A unit as an editor writes it in YAML: days as days, plain sentences, no `dated` around what never changes."""
    tidy: dict[str, Any] = _tidy(codec.dump(unit))
    return tidy


def _tidy(value: Any, name: str = "") -> Any:
    """The short form of a value; `name` is the field it is in."""
    if isinstance(value, list):
        return [_tidy(entry, name) for entry in value]
    if not isinstance(value, dict):
        return date.fromisoformat(value) if name in DATES else _number(value) if name == "amount" else value
    if name == "when":
        return value
    if value.keys() == {"start", "end"}:
        return f"{value['start'].removesuffix(':00')}-{value['end'].removesuffix(':00')}"
    if value.keys() == {"text"} and name != "contact":
        return value["text"]
    if value.keys() == {"dated"} and len(value["dated"]) == 1 and "since" not in value["dated"][0]:
        return _tidy(value["dated"][0]["value"], name)
    return {key: _tidy(entry, name if key in ("dated", "value") else key) for key, entry in value.items()}


def _number(text: str) -> Any:
    number = int(text) if text.isdecimal() else float(text)
    return number if str(number) == text else text


def _file_name(name: str) -> str:
    safe = quote(name, safe="").replace(".", "%2E")  # no hidden files, no folders
    return safe if len(safe.encode()) <= 150 else f"{safe[:40]}-{codec.digest({'kind': '', 'id': name})[:16]}"


def _fits(row: dict[str, Any]) -> None:
    for text in row.values():
        if isinstance(text, str) and (len(text) > LONGEST_CELL or ILLEGAL_CHARACTERS_RE.search(text)):
            name = row.get("unit") or row.get("id")
            raise ContentError(f"{name}: a text is too long for a cell or has a control character; export YAML instead")


def text_cell(sheet: Any, value: Any) -> Any:
    """A value as a cell of a write-only sheet, exactly; no text becomes a formula."""
    if isinstance(value, float):
        value = repr(value)  # a workbook's number would lose the last digit
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.quotePrefix = bool(NEEDS_GUARD.match(value))  # nor does it become one when somebody edits the cell
    return cell


def _flat(unit: Faq | ServiceItem, day: date) -> dict[str, Any]:
    """A unit's row in the tables of DESIGN: the values that hold on a day, as far as cells can hold them."""
    row = {name: value for name in (*PLAIN, *UNIT_DATES) if (value := getattr(unit, name, None))}
    row |= {name: join(getattr(unit, name)) for name in LISTS if getattr(unit, name, None)}
    row["source"] = join(source.url or source.title for source in unit.sources)
    if isinstance(unit, ServiceItem):
        row |= _flat_aspects(unit, day)
    return row


def _flat_aspects(unit: ServiceItem, day: date) -> dict[str, Any]:
    def entries(aspect: str) -> Iterable[Any]:
        dated = getattr(unit.aspects, aspect)
        return (dated.on(day) or ()) if dated is not None else ()

    row: dict[str, Any] = {aspect: join(line.text for line in entries(aspect)) for aspect in LINES}
    row["materials"] = join(material.name for material in entries("materials"))
    for duration in entries("duration"):
        for span, column in ((duration.legal, "legal_days"), (duration.promised, "promised_days")):
            if span and column not in row:
                row[column] = f"{span.days}个{span.unit}"
    fees = (fee.text or (f"{fee.name or ''}{fee.amount}元" if fee.amount is not None else "") for fee in entries("fee"))
    row["fee"] = "；".join(filter(None, fees))
    for aspect, name in (("online", "available"), ("proxy", "allowed")):
        for entry in entries(aspect):
            answer = {True: "是", False: "否", None: ""}[getattr(entry, name)]
            row.setdefault(aspect, entry.text or answer)
    if unit.aspects.contact is not None and (contact := unit.aspects.contact.on(day)) is not None:
        row |= {"phone": contact.phone, "complaint_phone": contact.complaint_phone}
    return row
