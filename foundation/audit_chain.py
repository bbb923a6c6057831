"""What makes the audit log tamper-evident: entries are sealed into one chain, with a key that the database has not.

An entry is written with a number below 0 and a mark that only a process with the key can make. Sealing gives it the
next number, 1, 2, 3 …, and a seal over the seal before it and its content. `audit_head` says how far that has come, so
that a chain cut off at its end is noticed too. On SQLite, where one transaction writes at a time, an entry is sealed as
it is written; on PostgreSQL a second later, by a worker (bot/sealing.py), so that nobody who writes waits for another.
Decision 27 has the reasons.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from sqlalchemy import Column, Integer, String, Table, delete, insert, select, text, update
from sqlalchemy.engine import Connection

from foundation import audit_seals
from foundation.audit_rows import Entry, audit, rows
from foundation.audit_seals import Seals
from foundation.cipher import Cipher
from foundation.database import metadata

BATCH = 500
"""Entries sealed in one transaction at most."""
HIGHEST = 2**31 - 2**24
"""No entry of ours gets so high a number; were one sealed upon, there might be none for those to come."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("adopted", Integer, nullable=False),
    Column("mac", String(64), nullable=False),
)
"""One row: how many entries are sealed, the last one's seal, and how many of them were there before there were keys."""


@dataclass(frozen=True)
class Head:
    count: int
    hash: str
    adopted: int


class HeadAltered(Exception):
    """The head is gone, nobody with our key wrote it, or entries have numbers behind it: nothing may be sealed upon
    it."""


_numbers: Iterator[int] = count(secrets.randbelow(2**31))


def _begin_elsewhere() -> None:
    global _numbers
    _numbers = count(secrets.randbelow(2**31))


os.register_at_fork(after_in_child=_begin_elsewhere)


def write(tx: Connection, entry: Entry) -> None:
    """Add an entry, whose number is given anew: not another process's, and rising, so that what was written at the same
    moment stays in order."""
    entry = replace(entry, id=_to_wait())
    tx.execute(insert(audit).values(**vars(entry), hash=audit_seals.own_mark(entry.content)))


def set_back(tx: Connection) -> None:
    """Have entries with a number above HIGHEST wait to be sealed: as what nobody with our key wrote."""
    for number in tx.execute(select(audit.c.id).where(audit.c.id > HIGHEST)).scalars().all():
        tx.execute(update(audit).where(audit.c.id == number).values(id=_to_wait()))


def _to_wait() -> int:
    return next(_numbers) % 2**31 - 2**31


def waiting(tx: Connection) -> bool:
    """Whether an entry is not sealed yet."""
    return tx.execute(select(audit.c.id).where(audit.c.id < 0).limit(1)).first() is not None


def seal(tx: Connection) -> Head | None:
    """Seal what was written, at most BATCH entries; where the chain then stands, None without a key.

    Raises:
        HeadAltered: see there.
    """
    known = audit_seals.seals(tx)
    if known is None:
        return None
    alone(tx)
    before = read_head(tx, known) or Head(0, "", 0)
    number, last = before.count, before.hash
    unsealed = select(audit).where(audit.c.id < 0).order_by(audit.c.at, audit.c.id).limit(BATCH)
    for written, mark in list(rows(tx, unsealed)):
        kind = "seal" if known.fits(mark, "mark", written.content) else "alien"
        number += 1
        sealed = replace(written, id=number)
        last = known.make(kind, last, sealed.content)
        tx.execute(update(audit).where(audit.c.id == written.id).values(id=number, hash=last))
    after = Head(number, last, before.adopted)
    put_head(tx, after, known)
    return after


def head(tx: Connection) -> Head | None:
    """How far it is sealed; None where nothing is, or nobody can tell."""
    known = audit_seals.seals(tx)
    return None if known is None else read_head(tx, known)


def alone(tx: Connection) -> None:
    """Let nobody else seal until the transaction ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('audit', 2))"))


def read_head(tx: Connection, known: Seals) -> Head | None:
    """None where nothing was ever sealed. Raises HeadAltered."""
    found = own_head(tx, known)
    behind = select(audit.c.id).where(audit.c.id > (found.count if found else 0)).limit(1)
    if tx.execute(behind).first() is not None:
        # Without a head it is not begun anew either: anybody can take it away, and number entries.
        raise HeadAltered
    return found


def own_head(tx: Connection, known: Seals) -> Head | None:
    """The head, whatever has a number behind it; None where there is none. Raises HeadAltered."""
    row = tx.execute(select(audit_head)).mappings().first()
    if row is None:
        return None
    found = Head(row["count"], row["hash"], row["adopted"])
    if not known.fits(row["mac"], "head", found.count, found.hash, found.adopted):
        raise HeadAltered
    return found


def made_with(tx: Connection, keys: Cipher) -> bool | None:
    """Whether one of these keys made the head, or an entry that waits; None where there is neither."""
    known = audit_seals.of_keys(keys)
    fresh = list(rows(tx, select(audit).where(audit.c.id < 0)))
    try:
        found = own_head(tx, known)
    except HeadAltered:
        pass
    else:
        if found is not None:
            return True
        if not fresh:
            return None
    return any(known.fits(mark, "mark", entry.content) for entry, mark in fresh)


def put_head(tx: Connection, stand: Head, known: Seals) -> None:
    tx.execute(delete(audit_head))
    tx.execute(insert(audit_head).values(id=1, **vars(stand), mac=known.make("head", *vars(stand).values())))


def plain_hash(before: str, entry: Entry) -> str:
    """The hash of entries from before there were keys; anybody can make it."""
    return hashlib.sha256((before + entry.content).encode()).hexdigest()
