"""Which processes are alive and ready: each tells the database now and then, in one row of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Index, String, Table, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.database import Instant, Json, metadata
from foundation.deadlines import lately

WORKER = "worker"

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("detail", Json, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Index("ix_heartbeats_kind_beat_at", "kind", "beat_at"),
)


@dataclass(frozen=True)
class Heartbeat:
    name: str
    kind: str
    detail: dict[str, Any]
    beat_at: datetime


def beat(tx: Connection, name: str, kind: str, detail: dict[str, Any], now: datetime) -> None:
    """Say that the process `name`, a `kind` such as WORKER, is ready for work now."""
    values = {"kind": kind, "detail": detail, "beat_at": now}
    known = update(heartbeats).where(heartbeats.c.name == name).values(values)
    if tx.execute(known).rowcount:
        return
    try:
        with tx.begin_nested():
            tx.execute(insert(heartbeats).values(name=name, **values))
    except IntegrityError:
        tx.execute(known)


def stop(tx: Connection, name: str) -> None:
    """Say that the process is about to end."""
    tx.execute(delete(heartbeats).where(heartbeats.c.name == name))


def alive(tx: Connection, kind: str, now: datetime, within: timedelta) -> list[Heartbeat]:
    """The processes of a kind that have beaten within the span, by name."""
    recent = (heartbeats.c.kind == kind) & lately(heartbeats.c.beat_at, now, within)
    rows = tx.execute(select(heartbeats).where(recent).order_by(heartbeats.c.name)).mappings()
    return [Heartbeat(row["name"], row["kind"], row["detail"], row["beat_at"]) for row in rows]
