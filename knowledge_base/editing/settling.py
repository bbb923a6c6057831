"""Warnings that a named person has answered for: they hold publishing up no more while the problem is the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.tables import settlements
from knowledge_base.findings import Finding
from knowledge_base.model import UnitKey
from knowledge_base.store.revisions import chunks, insert_for

ACCEPTED = "accepted"


def settled(tx: Connection, keys: Collection[UnitKey]) -> set[str]:
    """The digests of the warnings about these units that somebody has answered for."""
    query = select(settlements.c.finding).where(settlements.c.verdict == ACCEPTED)
    wanted = query.where(settlements.c.unit_id.in_(sorted({key.id for key in keys})))
    return set(tx.execute(wanted).scalars())


def answered_for(tx: Connection, digests: Collection[str]) -> set[str]:
    """Those of these findings that somebody has answered for, whichever unit they were found at."""
    found: set[str] = set()
    query = select(settlements.c.finding).where(settlements.c.verdict == ACCEPTED)
    for part in chunks(sorted(digests)):
        found |= set(tx.execute(query.where(settlements.c.finding.in_(part))).scalars())
    return found


def settle(
    tx: Connection, digests: Collection[str], reason: str, findings: Sequence[Finding], account: str, now: datetime
) -> None:
    """Keep who answers, and why, for those of the warnings whose digests are given."""
    known = settled(tx, [finding.unit for finding in findings])
    for finding in findings:
        if finding.severity != "warning" or finding.digest not in digests or finding.digest in known:
            continue
        row = {"finding": finding.digest, "kind": finding.unit.kind, "unit_id": finding.unit.id}
        row |= {"problem": str(finding), "verdict": ACCEPTED, "reason": reason.strip()}
        put = insert_for(tx, settlements).values(row | {"account": account, "at": now})
        tx.execute(put.on_conflict_do_nothing())
        audit.record(tx, account, "kb.settle", str(finding.unit), {"problem": finding.problem}, now)
