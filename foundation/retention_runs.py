"""Carrying out the rules of retention: once a night, by one process at a time, a few rows in each transaction.

A run that was killed is taken up again by whoever comes next. Its counts are written in the transactions that they
count, so that what the audit log says at its end is what happened, however often it was interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, String, Table, insert, select, update
from sqlalchemy.engine import Connection

from foundation import audit, leases, retention
from foundation.clock import CHINA, Clock
from foundation.database import Database, Instant, Json, metadata
from foundation.inbox import RowId
from foundation.retention import Rule
from foundation.settings import Settings

LEASE, SPAN = "retention", timedelta(seconds=60)
FEW, REST = 500, 0.05
"""Rows in a transaction, and seconds until the next one: turns write in between."""
HOUR = 3
"""Of the night, at the office."""

retention_runs = Table(
    "retention_runs",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("started_by", String(80), nullable=False),
    # Store → rows settled by now.
    Column("counts", Json, nullable=False),
    Index("ix_retention_runs_started_at", "started_at"),
)


@dataclass(frozen=True)
class Run:
    id: int
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    counts: dict[str, int]


class Elsewhere(Exception):
    """Another process carries the rules out at this moment."""


def preview(tx: Connection, settings: Settings, now: datetime) -> Iterator[tuple[Rule, int | None]]:
    """How many rows each rule would settle now; None where it settles none, whatever their age."""
    for rule in retention.rules():
        step = retention.step_of(rule)
        yield rule, None if step is None else step.count(tx, now - rule.period(settings))


def latest(tx: Connection, limit: int = 1) -> list[Run]:
    """The latest runs, the last first."""
    query = select(retention_runs).order_by(retention_runs.c.id.desc()).limit(limit)
    return [Run(**row) for row in tx.execute(query).mappings()]


def is_due(tx: Connection, now: datetime) -> bool:
    """Whether one was interrupted, or none has begun since the last time that the hour came (nor in times to come)."""
    hour = now.astimezone(CHINA).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    last = hour if hour <= now else hour - timedelta(days=1)
    runs = latest(tx)
    return not runs or runs[0].finished_at is None or not last <= runs[0].started_at <= now


def carry_out(
    database: Database,
    clock: Clock,
    settings: Settings,
    holder: str,
    account: str,
    *,
    going_on: Callable[[], bool] = lambda: True,
    rest: float = REST,
) -> Run | None:
    """Carry out every rule; the run, or None when it was to stop. Blocks for as long as that takes.

    Args:
        holder: of the lease, this process.
        account: who starts it, for the audit log.
        going_on: asked between two transactions.

    Raises:
        Elsewhere: another process is at it.
    """
    with database.write() as tx:
        run = _begin(tx, _lease(tx, holder, clock.now()), account, clock.now())
    for rule in retention.rules():
        step, after = retention.step_of(rule), None
        while step is not None:
            if not going_on():
                return None
            # The run may have begun while the clock was ahead, in another process too: what is young by now stays.
            before = min(run.started_at, clock.now()) - rule.period(settings)
            with database.read() as tx:
                keys = step.due(tx, before, after, FEW)
            if not keys:
                break
            after = keys[-1]
            with database.write() as tx:
                _lease(tx, holder, clock.now())
                _count(tx, run.id, rule.store, step.settle(tx, before, keys))
            time.sleep(rest)
    with database.write() as tx:
        return _finish(tx, run.id, _lease(tx, holder, clock.now()), clock.now())


def _lease(tx: Connection, holder: str, now: datetime) -> leases.Lease:
    lease = leases.acquire(tx, LEASE, holder, now, SPAN)
    if lease is None:
        raise Elsewhere
    return lease


def _begin(tx: Connection, lease: leases.Lease, account: str, now: datetime) -> Run:
    runs = latest(tx)
    if runs and runs[0].finished_at is None:
        return runs[0]
    values: dict[str, Any] = {"started_at": now, "started_by": account, "counts": {}}
    made = tx.execute(insert(retention_runs).values(values)).inserted_primary_key[0]
    return Run(id=int(made), finished_at=None, **values)


def _count(tx: Connection, run: int, store: str, rows: int) -> None:
    counts = dict(tx.execute(select(retention_runs.c.counts).where(retention_runs.c.id == run)).scalar_one())
    counts[store] = counts.get(store, 0) + rows
    tx.execute(update(retention_runs).where(retention_runs.c.id == run).values(counts=counts))


def _finish(tx: Connection, run: int, lease: leases.Lease, now: datetime) -> Run:
    tx.execute(update(retention_runs).where(retention_runs.c.id == run).values(finished_at=now))
    done = Run(**tx.execute(select(retention_runs).where(retention_runs.c.id == run)).mappings().one())
    settled = {store: rows for store, rows in done.counts.items() if rows}
    audit.record(tx, done.started_by, "retention.run", f"retention:{done.id}", settled, now)
    leases.release(tx, lease, now)
    return done


retention.register(
    "retention_runs",
    retention.of_table(retention_runs, retention_runs.c.started_at, retention_runs.c.finished_at.is_not(None)),
)
