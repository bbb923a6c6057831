"""What a named person says to a finding: the repair is taken, the repair is wrong, or it may stay as it is.

A verdict holds while the words that were judged stay the same: the digest of a finding covers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing import working
from knowledge_base.editing.errors import Unfit, WrongState
from knowledge_base.editing.tables import settlements
from knowledge_base.findings import Finding
from knowledge_base.store.revisions import insert_for

STAYS, REPAIRED, REFUSED = "accepted", "repaired", "refused"


def open_ones(tx: Connection, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that still wait for somebody.

    What may stay is settled, and advice whose repair was refused. A graver one whose repair was refused waits on,
    without the repair. One that was repaired is gone by itself, unless the draft was given up.
    """
    query = select(settlements.c.finding, settlements.c.verdict)
    said: dict[str, str] = dict(tx.execute(query.where(settlements.c.verdict != REPAIRED)).all())
    if not said:
        return list(findings)
    waiting = []
    for finding in findings:
        verdict = said.get(finding.digest)
        if verdict is None:
            waiting.append(finding)
        elif verdict == REFUSED and finding.severity != "note":
            waiting.append(finding._replace(repair=None))
    return waiting


def let_stay(tx: Connection, findings: Sequence[Finding], reason: str, account: str, now: datetime) -> None:
    """Settle findings as they are.

    Raises:
        Unfit: no reason is given.
        WrongState: one of them forbids publishing, and must be mended.
    """
    if not reason.strip():
        raise Unfit("reason_to_stay")
    if any(finding.severity == "block" for finding in findings):
        raise WrongState("block_stays_not")
    for finding in findings:
        _keep(tx, finding, STAYS, reason.strip(), account, now)


def refuse(tx: Connection, findings: Sequence[Finding], reason: str, account: str, now: datetime) -> None:
    """Throw away the proposed repairs of findings.

    Raises:
        WrongState: nothing is proposed for one of them.
    """
    if any(finding.repair is None for finding in findings):
        raise WrongState("no_repair")
    for finding in findings:
        _keep(tx, finding, REFUSED, reason.strip(), account, now)


def repair(tx: Connection, finding: Finding, base: int, account: str, now: datetime) -> int:
    """Make the proposed repair of a finding the unit's draft, and return its revision; nothing is published.

    Args:
        base: the revision that was judged.

    Raises:
        Overtaken: something else stands by now.
        WrongState: the unit's draft is under review; or nothing is proposed.
    """
    if finding.repair is None:
        raise WrongState("no_repair")
    revision = working.save(tx, finding.unit, account, finding.repair, base, now)
    _keep(tx, finding, REPAIRED, "", account, now)
    return revision


def _keep(tx: Connection, finding: Finding, verdict: str, reason: str, account: str, now: datetime) -> None:
    row: dict[str, object] = {"kind": finding.unit.kind, "unit_id": finding.unit.id, "problem": str(finding)}
    row |= {"verdict": verdict, "reason": reason, "account": account, "at": now}
    put = insert_for(tx, settlements).values(finding=finding.digest, **row)
    tx.execute(put.on_conflict_do_update(index_elements=["finding"], set_=row))
    detail = {"problem": finding.problem, "reason": reason}
    audit.record(tx, account, f"kb.finding.{verdict}", str(finding.unit), detail, now)
