"""How often something may be tried, as guessing a password or a proof; counted in the database, so across processes.

An attempt is counted before it is looked at, in a transaction of its own: a crash gives no free guess, and no two
processes let the same last attempt pass. One that was right is given back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, Index, Integer, String, Table, delete, insert, not_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation import retention
from foundation.database import Instant, metadata

attempts = Table(
    "attempts",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("locked_until", Instant),
    Index("ix_attempts_since", "since"),
)
"""Failed attempts since `since`, by fingerprint: `number:…`, `person:…`, `staff:…`. Nobody's data: none can be undone.

`locked_until` is for who counts to note what was told of it.
"""


class Limit(NamedTuple):
    most: int
    within: timedelta


LONGEST = timedelta(days=1)
"""No limit's span may be longer: then the counts are deleted."""


def count(tx: Connection, subject: str, limit: Limit, now: datetime) -> bool:
    """Add one to a subject's attempts, unless it has as many as it may within the span; whether it was added."""
    mine, over, ahead = attempts.c.subject == subject, now - limit.within, now + limit.within
    begun = (attempts.c.since > over) & (attempts.c.since <= ahead)  # one ahead was counted while a clock was wrong
    while True:  # each round fails only where another process has just changed the row
        row = tx.execute(select(attempts.c.failures, attempts.c.since).where(mine)).first()
        if row is None:
            try:
                with tx.begin_nested():
                    tx.execute(insert(attempts).values(subject=subject, failures=1, since=now))
                return True
            except IntegrityError:
                continue
        if not over < row.since <= ahead:
            changed = update(attempts).where(mine, not_(begun))
            changed = changed.values(failures=1, since=now, locked_until=None)
        elif row.failures >= limit.most:
            return False
        else:
            room = begun & (attempts.c.failures < limit.most)
            changed = update(attempts).where(mine, room).values(failures=attempts.c.failures + 1)
        if tx.execute(changed).rowcount:
            return True


def until(tx: Connection, subject: str, limit: Limit) -> datetime:
    """When a subject that has had its attempts may try again."""
    since: datetime = tx.execute(select(attempts.c.since).where(attempts.c.subject == subject)).scalar_one()
    return since + limit.within


def spent(tx: Connection, subject: str, limit: Limit, now: datetime) -> datetime | None:
    """When a subject that has had its attempts may try again; None where it may now. Counts nothing."""
    full = (attempts.c.subject == subject) & (attempts.c.failures >= limit.most)
    within = (attempts.c.since > now - limit.within) & (attempts.c.since <= now + limit.within)
    since: datetime | None = tx.execute(select(attempts.c.since).where(full, within)).scalar_one_or_none()
    return since and since + limit.within


def give_back(tx: Connection, subject: str) -> None:
    """An attempt that was counted was right, or told nothing."""
    counted = (attempts.c.subject == subject) & (attempts.c.failures > 0)
    tx.execute(update(attempts).where(counted).values(failures=attempts.c.failures - 1))


def purge(tx: Connection, now: datetime) -> int:
    """Delete what counts for nothing any more; returns how many rows."""
    return int(tx.execute(delete(attempts).where(attempts.c.since <= now - LONGEST)).rowcount)


retention.register("attempts", retention.of_table(attempts, attempts.c.since, in_order=False, lag=LONGEST))
