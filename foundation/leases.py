"""Leases: what only one process may do at a time, such as deliver an account's replies or renew its token.

A lease belongs to a holder until it expires. Its fence counts the changes of holder, so that one who was asleep while
another took over can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Integer, String, Table, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.database import Instant, metadata
from foundation.errors import LeaseLost

LONGEST = timedelta(hours=1)
"""No lease is longer: one that ends later was taken while a clock was wrong, and is nobody's."""

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)


@dataclass(frozen=True)
class Lease:
    name: str
    holder: str
    fence: int


def acquire(tx: Connection, name: str, holder: str, now: datetime, span: timedelta) -> Lease | None:
    """Take a lease for `span`, or prolong one's own; None while another holder's has not expired."""
    query = select(leases).where(leases.c.name == name).with_for_update()
    row = tx.execute(query).mappings().first()
    if row is None:
        try:
            with tx.begin_nested():
                tx.execute(insert(leases).values(name=name, holder=holder, fence=1, until=now + span))
            return Lease(name, holder, 1)
        except IntegrityError:  # another was first
            return None
    if row["holder"] != holder and now < row["until"] <= now + LONGEST:
        return None
    fence = row["fence"] + (row["holder"] != holder)
    tx.execute(update(leases).where(leases.c.name == name).values(holder=holder, fence=fence, until=now + span))
    return Lease(name, holder, fence)


def require(tx: Connection, lease: Lease) -> None:
    """Let nobody take the lease over before this transaction ends. Raises LeaseLost when somebody has."""
    mine = (leases.c.name == lease.name) & (leases.c.holder == lease.holder) & (leases.c.fence == lease.fence)
    if tx.execute(select(leases.c.name).where(mine).with_for_update(read=True)).first() is None:
        raise LeaseLost(f"the lease {lease.name} was taken over by another process")


def release(tx: Connection, lease: Lease, now: datetime) -> None:
    """Let the next one have it at once."""
    mine = (leases.c.name == lease.name) & (leases.c.holder == lease.holder) & (leases.c.fence == lease.fence)
    tx.execute(update(leases).where(mine).values(until=now))
