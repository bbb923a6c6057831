"""The rows of the audit log, read as they are: whoever can write to the database can put anything into a cell.

One cell that is no moment, no JSON or no text must not keep anybody from the others, least of all from finding it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, Table, Text, cast, func
from sqlalchemy.engine import Connection

from foundation.database import Instant, metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("account", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", JSON, nullable=False),  # not JSONB, which rewrites numbers and so breaks the hash
    Column("hash", String(64), nullable=False),
    Index("ix_audit_subject_id", "subject", "id"),
    Index("ix_audit_account_id", "account", "id"),
)
"""`id` below 0: not sealed yet, and `hash` is the writer's mark; above: its place, and `hash` the seal."""

UNKNOWN = datetime(1970, 1, 1, tzinfo=timezone.utc)
YEARS = range(1970, 9999)
"""Of a clock of ours. In others a moment cannot be shown in every time zone."""


@dataclass(frozen=True)
class Entry:
    id: int
    at: datetime
    account: str
    action: str
    subject: str
    detail: dict[str, Any]

    @property
    def content(self) -> str:
        """What a seal covers, the same for the same entry always."""
        return json.dumps({**vars(self), "at": self.at.astimezone(timezone.utc).isoformat()}, sort_keys=True)


@dataclass(frozen=True)
class Unreadable(Entry):
    """A row with a cell in which nothing of ours was ever written; `at` is UNKNOWN, and `detail` is empty."""

    cells: Mapping[str, str]
    """What stands there, as text, by column."""

    @property
    def content(self) -> str:
        """Never that of an entry that could be read: it is sealed as nobody's."""
        return json.dumps({"id": self.id, "cells": dict(self.cells)}, sort_keys=True)


def rows(tx: Connection, query: Any) -> Iterator[tuple[Entry, str]]:
    """The entries that a query of the table `audit` finds, each with its hash, in the query's order."""
    for number, *cells in tx.execute(query.with_only_columns(*_as_bytes(tx))):
        yield _read(number, dict(zip(_NAMES, map(bytes, cells))))


_NAMES = ("at", "account", "action", "subject", "detail", "hash")
_MOMENT = "YYYY-MM-DD HH24:MI:SS.US BC"


def _as_bytes(tx: Connection) -> list[Any]:
    """The columns, in a form in which the driver makes nothing of what stands there."""
    cells: dict[str, Any] = {name: audit.c[name] for name in _NAMES}
    if tx.dialect.name == "sqlite":
        return [audit.c.id, *(cast(cell, LargeBinary) for cell in cells.values())]
    # As SQLite keeps a moment; those without an end have no such form.
    at = func.coalesce(func.to_char(func.timezone("UTC", audit.c.at), _MOMENT), cast(audit.c.at, Text))
    texts = {name: cast(cell, Text) for name, cell in cells.items()} | {"at": at}
    return [audit.c.id, *(func.convert_to(cell, "UTF8") for cell in texts.values())]


def _read(number: int, cells: Mapping[str, bytes]) -> tuple[Entry, str]:
    shown = {name: cell.decode("utf-8", "backslashreplace") for name, cell in cells.items()}
    account, action, subject, hash_ = (shown[name] for name in ("account", "action", "subject", "hash"))
    try:
        for name in ("account", "action", "subject", "detail"):
            cells[name].decode()
        return Entry(number, _moment(shown["at"]), account, action, subject, _detail(shown["detail"])), hash_
    except (ValueError, RecursionError):
        del shown["hash"]
        return Unreadable(number, UNKNOWN, account, action, subject, {}, shown), hash_


def _moment(text: str) -> datetime:
    """Raises ValueError."""
    found = datetime.fromisoformat(text.removesuffix(" AD"))
    if found.tzinfo is not None or found.year not in YEARS:
        raise ValueError(text)
    return found.replace(tzinfo=timezone.utc)


def _detail(text: str) -> dict[str, Any]:
    """Raises ValueError, or RecursionError."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(text)
    return found
