"""One row of a table → the mapping that `parse_unit` takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from knowledge_base.importing.cells import as_date, split
from knowledge_base.importing.columns import catalogue, words

Row = Mapping[str, str]
"""Field → clean text; empty cells are left out."""

LISTS = ("aliases", "similar_questions", "audience")
DATES = ("effective_from", "effective_to", "verified_on", "review_by")
LINES = ("overview", "conditions", "process", "place", "hours", "validity", "basis")
PLAIN = ("id", "question", "answer", "item", "name", "category", "department", "region", "theme", "nature")

DAYS = re.compile(r"(\d{1,4})(?:\.0+)?个?(工作日|自然日|日历日|日|天)?(?:内|以内|之内)?")
MONEY = re.compile(r"[¥￥]?(\d+(?:\.\d+)?)元?(?:人民币)?")
NUMBERED = re.compile(r"^(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）、]|\d{1,2}\.(?!\d)|[①-⑳])\s*")


class BadCell(ValueError):
    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        super().__init__(problem)


def unit_of(kind: str, row: Row, file: str) -> dict[str, Any]:
    """The raw unit of one row; a row that names no source gets `file` as one that vouches for nothing.

    Raises:
        BadCell: a cell cannot be understood.
    """
    raw: dict[str, Any] = {"kind": kind}
    raw |= {name: row[name] for name in PLAIN if name in row}
    raw |= {name: split(row[name]) for name in LISTS if name in row}
    for name in DATES:
        if name in row:
            try:
                raw[name] = as_date(row[name])
            except ValueError as error:
                raise BadCell(name, str(error)) from error
    sources = [
        _source(text)
        for name in ("source", "basis")
        if name == "source" or kind == "faq"
        for text in split(row.get(name, ""))
    ]
    raw["sources"] = sources or [{"title": file, "verified": False}]
    if kind == "item":
        raw["aspects"] = _aspects(row)
    return raw


def span(text: str) -> dict[str, Any] | None:
    """A number of days, or None. A bare number counts working days, as a licence's time limit does (行政许可法 82)."""
    match = DAYS.fullmatch(re.sub(r"\s", "", text))
    if match is None:
        return None
    return {"days": int(match.group(1)), "unit": "工作日" if match.group(2) in (None, "工作日") else "自然日"}


def lines(text: str) -> list[str]:
    """The entries of a cell: `|`-separated, or else one a line; numbering that every line carries is taken off."""
    entries = split(text)
    if len(entries) == 1:
        entries = [line for line in re.split(r"\s*\n\s*", entries[0]) if line]
    if len(entries) > 1 and all(NUMBERED.match(entry) and NUMBERED.sub("", entry) for entry in entries):
        entries = [NUMBERED.sub("", entry) for entry in entries]
    return entries


def _aspects(row: Row) -> dict[str, Any]:
    aspects: dict[str, Any] = {name: lines(row[name]) for name in LINES if name in row}
    if "materials" in row:
        aspects["materials"] = [{"name": name} for name in lines(row["materials"])]
    if "legal_days" in row or "promised_days" in row:
        aspects["duration"] = [_duration(row)]
    if "fee" in row:
        aspects["fee"] = [_fee(row["fee"])]
    if "online" in row:
        aspects["online"] = [_yes_no(row["online"], "available")]
    if "proxy" in row:
        aspects["proxy"] = [_yes_no(row["proxy"], "allowed")]
    if contact := {name: row[name] for name in ("phone", "complaint_phone") if name in row}:
        aspects["contact"] = contact
    return {name: value for name, value in aspects.items() if value}


def _duration(row: Row) -> dict[str, Any]:
    duration: dict[str, Any] = {}
    said = []
    for name, target in (("legal_days", "legal"), ("promised_days", "promised")):
        if name not in row:
            continue
        if days := span(row[name]):
            duration[target] = days
        else:
            said.append(f"{catalogue()['labels'][name]}：{row[name]}")
    return {**duration, "text": "；".join(said)} if said else duration


def _fee(text: str) -> dict[str, Any]:
    if text in words("free"):
        return {"amount": 0}
    money = MONEY.fullmatch(text)
    return {"amount": money.group(1)} if money else {"text": text}


def _yes_no(text: str, field: str) -> dict[str, Any]:
    if text.lower() in words("affirmed"):
        return {field: True}
    if text.lower() in words("denied"):
        return {field: False}
    return {"text": text}


def _source(text: str) -> dict[str, Any]:
    if not re.match(r"https?://\S+$", text):
        return {"title": text}
    return {"title": urlsplit(text).hostname or text, "url": text}
