"""A table that has not all columns: what stands here and has no column in it may stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from knowledge_base.importing.report import Table

Body = Mapping[str, Any]
ASPECTS = {
    "legal_days": "duration", "promised_days": "duration", "fee": "fee", "charged": "fee", "fee_basis": "fee",
    "online": "online", "ways": "online", "phone": "contact", "complaint_phone": "contact",
}  # fmt: skip
"""Columns that fill an aspect of another name."""
OTHERS = {"source": "sources", "basic_code": "codes", "implementing_code": "codes"}


def covered(tables: Collection[Table]) -> set[str]:
    """The fields and aspects of a unit for which these tables have columns."""
    names = {name for table in tables for name in table.fields if name is not None}
    return {OTHERS.get(name, ASPECTS.get(name, name)) for name in names}


def kept(here: Body, now: Body, columns: Collection[str], file: str) -> dict[str, Any]:
    """The unit of a table's row, with what stands `here` and has no column."""
    said = {name: value for name, value in now.items() if name != "aspects"}
    if now.get("sources") == [{"title": file, "verified": False}]:
        said.pop("sources")  # which the import put there, because the row names none
    result = {name: value for name, value in here.items() if name not in columns and name != "aspects"} | said
    standing = {name: value for name, value in here.get("aspects", {}).items() if name not in columns}
    aspects = standing | now.get("aspects", {})
    return result | ({"aspects": aspects} if aspects else {})
