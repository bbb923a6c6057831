"""The audit log: who did what to what. Rows are only ever added.

Each row's hash covers its content and the hash before it, and ids count 1, 2, 3 …, so that `verify_chain` finds
a row altered or taken out (except from the very end). `detail` holds no citizen's text or identifiers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert, select, text
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


@dataclass(frozen=True)
class Entry:
    id: int
    at: datetime
    account: str
    action: str
    subject: str
    detail: dict[str, Any]


def record(
    tx: Connection, account: str, action: str, subject: str, detail: Mapping[str, Any] | None, now: datetime
) -> None:
    """Add an entry, in the transaction that does what it tells of. `account` is the account's name."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('audit', 2))"))  # one link after another
    last = tx.execute(select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)).first()
    number, before = (last.id + 1, last.hash) if last else (1, "")
    entry = Entry(number, now, account, action, subject, json.loads(json.dumps(dict(detail or {}))))
    tx.execute(insert(audit).values(**vars(entry), hash=_hash(before, entry)))


def entries(
    tx: Connection,
    *,
    account: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Entries, newest first; `before` is the id at which the previous page ended."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    for column, wanted in ((audit.c.account, account), (audit.c.action, action), (audit.c.subject, subject)):
        if wanted is not None:
            query = query.where(column == wanted)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [_entry(row) for row in tx.execute(query).mappings()]


def verify_chain(tx: Connection) -> int | None:
    """The id of the first entry that was altered, or before which one is missing; None when the chain is whole."""
    before, expected = "", 1
    for row in tx.execute(select(audit).order_by(audit.c.id).execution_options(yield_per=1000)).mappings():
        if row["id"] != expected or row["hash"] != _hash(before, _entry(row)):
            return int(row["id"])
        before, expected = row["hash"], expected + 1
    return None


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(row["id"], row["at"], row["account"], row["action"], row["subject"], row["detail"])


def _hash(before: str, entry: Entry) -> str:
    content = {**vars(entry), "at": entry.at.astimezone(timezone.utc).isoformat()}
    return hashlib.sha256((before + json.dumps(content, sort_keys=True)).encode()).hexdigest()
