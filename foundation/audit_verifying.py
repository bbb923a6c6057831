"""Whether the audit log is whole: what was altered, taken out, put in or cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation import audit_chain, audit_seals
from foundation.audit_chain import Head, HeadAltered, audit_head, plain_hash
from foundation.audit_rows import audit, rows
from foundation.audit_seals import Seals
from foundation.errors import ConfigError

FaultKind = Literal["altered", "missing", "alien", "cut", "head", "noted"]
"""altered: not what was sealed · missing: taken out · alien: written by nobody with our key · cut: taken off the end
· head: how far the log went was altered or taken away · noted: another seal than somebody noted earlier."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    first: int
    last: int
    """Numbers of entries; 0 where it concerns none in particular."""


@dataclass(frozen=True)
class Report:
    faults: tuple[Fault, ...]
    sealed: int
    """Entries with a number."""
    waiting: int
    """Entries that were written just now and have none."""
    seal: str
    """The last one's: whoever notes it can tell later that nothing up to here was changed."""
    adopted: int
    """So many were written before there were keys."""


def verify(tx: Connection, noted: tuple[int, str] | None = None) -> Report:
    """Read the whole log.

    Args:
        noted: a number of entries and the seal that `verify` showed for it earlier.

    Raises:
        ConfigError: there is no key.
    """
    known = audit_seals.seals(tx)
    if known is None:
        raise ConfigError("the audit log cannot be verified without ZHENGWU_SECRET_KEY")
    faults: list[Fault] = []
    head = _own_head(tx, known)
    adopted = head.adopted if head else 0
    before: str | None = ""
    expected, last, highest = 1, "", 0
    ordered = select(audit).where(audit.c.id > 0).order_by(audit.c.id)
    for entry, seal in rows(tx, ordered.execution_options(yield_per=1000)):
        highest = entry.id
        if noted is not None and entry.id == noted[0] and seal != noted[1]:
            faults.append(Fault("noted", entry.id, entry.id))
        if head is not None and entry.id > head.count:
            faults.append(Fault("alien", entry.id, entry.id))
            continue  # it was sealed by nobody, whatever stands there
        if entry.id > expected:
            faults.append(Fault("missing", expected, entry.id - 1))
            before = None  # by what it was sealed upon, the next one cannot be told
        if before is not None:
            if entry.id <= adopted:
                kind: FaultKind | None = None if seal == plain_hash(before, entry) else "altered"
            elif known.fits(seal, "seal", before, entry.content):
                kind = None
            else:
                kind = "alien" if known.fits(seal, "alien", before, entry.content) else "altered"
            if kind:
                faults.append(Fault(kind, entry.id, entry.id))
        before, expected, last = seal, entry.id + 1, seal
    count = expected - 1
    faults += _end(tx, head, count, last)
    if noted is not None and noted[0] > highest:
        faults.append(Fault("cut", highest + 1, noted[0]))
    fresh = list(rows(tx, select(audit).where(audit.c.id < 0)))
    if any(not known.fits(mark, "mark", entry.content) for entry, mark in fresh):
        faults.append(Fault("alien", 0, 0))
    return Report(_joined(faults), count, len(fresh), last, adopted)


def adopt(tx: Connection) -> int:
    """Take over, as they stand, the entries from before there were keys; how many. A person has to vouch for them:
    whoever can write to the database can make such ones.

    Raises:
        ConfigError: there is no key, there are no such entries, or one of them is not whole.
    """
    known = audit_seals.seals(tx)
    if known is None:
        raise ConfigError("the audit log cannot go on without ZHENGWU_SECRET_KEY")
    count, last = 0, ""
    if tx.execute(select(audit_head.c.id)).first() is None:
        for entry, seal in rows(tx, select(audit).where(audit.c.id > 0).order_by(audit.c.id)):
            count += 1
            if entry.id != count or seal != plain_hash(last, entry):
                raise ConfigError(
                    f"the audit log's entry {count} is missing, altered or sealed: only what a version without seals "
                    "has left is taken over; see `zhengwu audit verify`"
                )
            last = seal
    if not count:
        raise ConfigError("the audit log is not from before there were seals: there is nothing to take over")
    audit_chain.put_head(tx, Head(count, last, count), known)
    return count


def restart(tx: Connection) -> None:
    """Let the log go on, from the entries that are there: where its head was altered or is gone, its key is lost, or
    entries were put behind its end.

    What `verify` finds wrong with these it goes on finding.

    Raises:
        ConfigError: there is no key, or head and end are as they should be.
    """
    known = audit_seals.seals(tx)
    if known is None:
        raise ConfigError("the audit log cannot go on without ZHENGWU_SECRET_KEY")
    audit_chain.alone(tx)
    try:
        audit_chain.read_head(tx, known)
    except HeadAltered:
        own = _own_head(tx, known)
        audit_chain.set_back(tx)
        row = tx.execute(select(audit.c.id, audit.c.hash).where(audit.c.id > 0).order_by(audit.c.id.desc())).first()
        last = Head(row.id, row.hash, own.adopted if own else 0) if row else Head(0, "", 0)
        # What was cut off at the end stays cut off.
        audit_chain.put_head(tx, own if own is not None and own.count >= last.count else last, known)
        return
    raise ConfigError("the audit log's head is as it should be: there is nothing to restart")


def _own_head(tx: Connection, known: Seals) -> Head | None:
    """The head; None where there is none, or nobody with our key wrote it."""
    try:
        return audit_chain.own_head(tx, known)
    except HeadAltered:
        return None


def _end(tx: Connection, head: Head | None, count: int, last: str) -> list[Fault]:
    if head is None:  # as it is where nothing was ever sealed
        there = tx.execute(select(audit_head.c.id)).first() is not None
        return [Fault("head", 0, 0)] if count or there else []
    if count < head.count:
        return [Fault("cut", count + 1, head.count)]
    return [Fault("altered", count, count)] if last != head.hash else []


def _joined(faults: list[Fault]) -> tuple[Fault, ...]:
    """Each once, and neighbours of one kind as one."""
    joined: list[Fault] = []
    for fault in sorted(set(faults), key=lambda fault: (fault.first, fault.kind)):
        if joined and joined[-1].kind == fault.kind and fault.first <= joined[-1].last + 1 and fault.first:
            joined[-1] = Fault(fault.kind, joined[-1].first, max(fault.last, joined[-1].last))
        else:
            joined.append(fault)
    return tuple(joined)
