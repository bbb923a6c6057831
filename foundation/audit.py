"""The audit log: who did what to what. Rows are only ever added, and sealed into a chain: foundation/audit_chain.py.

`detail` holds no citizen's text or identifiers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit_chain
from foundation.audit_rows import Entry, audit, rows

__all__ = ["Entry", "audit", "entries", "record"]

log = logging.getLogger(__name__)


def record(
    tx: Connection, account: str, action: str, subject: str, detail: Mapping[str, Any] | None, now: datetime
) -> None:
    """Add an entry, in the transaction that does what it tells of. `account` is the account's name."""
    audit_chain.write(tx, Entry(0, now, account, action, subject, json.loads(json.dumps(dict(detail or {})))))
    if tx.dialect.name == "sqlite":  # nobody else can write now: nothing is gained by waiting
        try:
            audit_chain.seal(tx)
        except audit_chain.HeadAltered:
            log.error("the audit log was tampered with: see `zhengwu audit verify`")


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
    """Entries, newest first; `before` is the number at which the previous page ended.

    What is not sealed yet has a number below 0 and comes first. What cannot be read is an `audit_rows.Unreadable`.
    """
    query = select(audit)
    for column, wanted in ((audit.c.account, account), (audit.c.action, action), (audit.c.subject, subject)):
        if wanted is not None:
            query = query.where(column == wanted)
    if since is not None:
        query = query.where(audit.c.at >= since)
    found = []
    if before is None or before < 0:
        fresh = query.where(audit.c.id < 0).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        found = [entry for entry, _ in rows(tx, fresh)]
    else:
        query = query.where(audit.c.id < before)
    sealed = query.where(audit.c.id > 0).order_by(audit.c.id.desc()).limit(limit - len(found))
    return found + [entry for entry, _ in rows(tx, sealed)]
