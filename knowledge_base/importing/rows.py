"""One row of a table → the mapping that `parse_unit` takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from knowledge_base.importing.bounds import MOST_ENTRIES
from knowledge_base.importing.cells import split
from knowledge_base.importing.columns import catalogue, word
from knowledge_base.importing.entries import lines, names
from knowledge_base.importing.values import as_date, fee, limits, material
from knowledge_base.model.unit import ID

Row = Mapping[str, str]
"""Field → clean text; empty cells are left out."""

LISTS = ("aliases", "similar_questions", "audience")
DATES = ("effective_from", "effective_to", "verified_on", "review_by")
LINES = ("overview", "conditions", "process", "place", "hours", "validity", "basis")
PLAIN = ("id", "question", "answer", "item", "name", "category", "department", "region", "theme", "nature")
SINGLE = (*PLAIN, *DATES, "phone", "complaint_phone", "online", "proxy")
"""Fields of one text."""
DIGITS = ("id", "item", "region", "phone", "complaint_phone", "basic_code", "implementing_code")
"""Fields of digits that are no quantities."""
ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
LINKED = re.compile(r"(.+?)\s*[（(](https?://[^\s（）]+)[)）]")


class BadCell(ValueError):
    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(problem)


def unit_of(kind: str, row: Row, file: str) -> dict[str, Any]:
    """The raw unit of one row; a row that names no source gets `file` as one that vouches for nothing.

    Raises:
        BadCell: a cell cannot be understood.
    """
    for name, text in row.items():
        if word("error", text):
            raise BadCell(name, f"shows {text}; correct its formula")
        if len(text) > MOST_ENTRIES and sum(map(text.count, "|｜\n；;")) > MOST_ENTRIES:
            raise BadCell(name, f"has more than {MOST_ENTRIES} entries in one cell; divide it")
        if name in DIGITS and ROUNDED.fullmatch(text):
            raise BadCell(
                name, f"{text} is a number that a spreadsheet has rounded; make the column text, fill it again"
            )
    row = {name: text for name, text in row.items() if not word("empty", text)}
    raw: dict[str, Any] = {"kind": kind}
    raw |= {name: row[name] for name in PLAIN if name in row}
    raw |= {name: _list(name, row[name]) for name in LISTS if name in row}
    raw |= _days(row)
    sources = [
        _source(text)
        for name in ("source", "basis")
        if name == "source" or kind == "faq"
        for text in split(row.get(name, ""))
    ]
    raw["sources"] = sources or [{"title": file, "verified": False}]
    if kind == "item":
        raw |= _codes(row)
        raw["aspects"] = _aspects(row)
    return raw


def _list(name: str, text: str) -> list[str]:
    if name != "audience":
        return lines(text)
    return [part for entry in lines(text) for part in re.split(r"\s*[,，、;；]\s*", entry) if part]


def _days(row: Row) -> dict[str, str]:
    days = {}
    for name in DATES:
        if name in row and not (name == "effective_to" and word("open_ended", row[name])):
            try:
                days[name] = as_date(row[name])
            except ValueError as error:
                raise BadCell(name, str(error)) from error
    return days


def _codes(row: Row) -> dict[str, Any]:
    """The national codes; the implementing code 实施编码 names one item of one office, so it serves as the id, too."""
    codes = {name: row[f"{name}_code"] for name in ("basic", "implementing") if f"{name}_code" in row}
    code = codes.get("implementing", "")
    return {"codes": codes} | ({"id": code} if "id" not in row and ID.fullmatch(code) else {}) if codes else {}


def _aspects(row: Row) -> dict[str, Any]:
    aspects: dict[str, Any] = {name: lines(row[name]) for name in LINES if name in row}
    if "materials" in row:
        aspects["materials"] = [material(name) for name in names(row["materials"])]
    if duration := _duration(row):
        aspects["duration"] = [duration]
    aspects["fee"] = _fees(row)
    aspects["online"] = _yes_no(row, "online", "available") or _ways(row)
    aspects["proxy"] = _yes_no(row, "proxy", "allowed")
    if contact := {name: row[name] for name in ("phone", "complaint_phone") if name in row}:
        aspects["contact"] = contact
    return {name: value for name, value in aspects.items() if value}


def _duration(row: Row) -> dict[str, Any]:
    duration: dict[str, Any] = {}
    said = []
    for target in ("promised", "legal"):
        name = f"{target}_days"
        if name not in row:
            continue
        text = row[name]
        if re.fullmatch(r"\d+(?:\.0+)?", text):
            text += row.get(f"{target}_unit", "")
        found = limits(text, target)
        if found is None:
            said.append(f"{_label(name)}：{text}")
        elif (span := found.get(target)) and span["days"] == 0:
            # Portals write 0 for what is done while one waits, and for "no limit by law".
            said += [f"{_label(name)}：{_label('at_once')}"] if target == "promised" else []
        else:
            duration |= found if target == "promised" else {**found, **duration, "legal": found["legal"]}
    return {**duration, "text": "；".join(reversed(said))} if said else duration


def _fees(row: Row) -> list[dict[str, Any]]:
    charged = row.get("charged", "")
    texts = split(row.get("fee", "")) or [charged][: bool(charged)]
    found = [fee(text) for text in texts]
    if word("denied", charged):
        if any(float(entry.get("amount", 0)) for entry in found):
            raise BadCell("fee", f"{row['fee'][:40]} contradicts the column that says nothing is charged")
        return [{"amount": 0}]
    for entry in found:
        if word("affirmed", entry.get("text", "")):
            entry["text"] = _label("charged")
        if "fee_basis" in row:
            entry["basis"] = row["fee_basis"]
    return found


def _yes_no(row: Row, name: str, field: str) -> list[dict[str, Any]]:
    text = row.get(name, "")
    if word("affirmed", text):
        return [{field: True}]
    if word("denied", text):
        return [{field: False}]
    return [{"text": text}] if text else []


def _ways(row: Row) -> list[dict[str, Any]]:
    return [{"text": f"{_label('ways')}：{row['ways'].replace('|', '、')}"}] if "ways" in row else []


def _label(name: str) -> str:
    return str(catalogue()["labels"][name])


def _source(text: str) -> dict[str, Any]:
    if linked := LINKED.fullmatch(text):
        return {"title": linked.group(1), "url": linked.group(2)}
    if not re.match(r"https?://\S+$", text):
        return {"title": text}
    return {"title": urlsplit(text).hostname or text, "url": text}
