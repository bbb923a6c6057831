"""The outbox: every reply, stored in its turn's transaction, then delivered by the channel that owns it.

A row's id orders the replies of a conversation: it is the sequence number that the web chat acknowledges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, insert, select, text, update
from sqlalchemy.engine import Connection

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("inbox_id", RowId, ForeignKey("inbox.id")),
    Column("position", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Column("state", String(16), nullable=False, default=PENDING),
    Column("attempts", Integer, nullable=False, default=0),
    Column("platform_id", String(128)),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("via", String(16)),
    Column("claimed_at", Instant),
    UniqueConstraint("inbox_id", "position"),
    Index("ix_outbox_conversation_id", "conversation", "id"),
    Index("ix_outbox_state_channel_id", "state", "channel", "id"),
    sqlite_autoincrement=True,  # ids are an order: SQLite must not give an erased one out again
)


@dataclass(frozen=True)
class Reply:
    """One message to a citizen. `body` is what Rasa's output channels send: text, buttons, custom …

    `position` counts the replies of one turn from 0 and `last` marks its end. `inbox_id` is None for what no
    message asked for.
    """

    id: int
    conversation: str
    channel: str
    inbox_id: int | None
    position: int
    last: bool
    body: dict[str, Any]


def add(
    tx: Connection,
    conversation: str,
    channel: str,
    bodies: Sequence[dict[str, Any]],
    now: datetime,
    inbox_id: int | None = None,
) -> None:
    """Store the replies of one turn, in order. Whoever writes to many conversations does so in their order."""
    if bodies and tx.dialect.name == "postgresql":
        # Rows of one conversation become visible in the order of their ids: `after` must not step over one.
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:c, 1))"), {"c": conversation})
    rows = [
        {
            "conversation": conversation,
            "channel": channel,
            "inbox_id": inbox_id,
            "position": position,
            "last": int(position == len(bodies) - 1),
            "body": body,
            "state": PENDING,
            "attempts": 0,
            "created_at": now,
        }
        for position, body in enumerate(bodies)
    ]
    if rows:
        tx.execute(insert(outbox), rows)


def replies_to(tx: Connection, inbox_id: int) -> list[Reply]:
    """The replies of one turn, empty while it is not done."""
    return _read(tx, select(outbox).where(outbox.c.inbox_id == inbox_id).order_by(outbox.c.id))


def replies_to_all(tx: Connection, inbox_ids: Sequence[int]) -> list[Reply]:
    """The replies of several turns, by id."""
    return _read(tx, select(outbox).where(outbox.c.inbox_id.in_(inbox_ids)).order_by(outbox.c.id))


def after(tx: Connection, conversation: str, last_seen: int, limit: int = 200) -> list[Reply]:
    """What a conversation has got since the reply with id `last_seen`, oldest first."""
    query = select(outbox).where(outbox.c.conversation == conversation, outbox.c.id > last_seen)
    return _read(tx, query.order_by(outbox.c.id).limit(limit))


def pending(tx: Connection, channel: str, limit: int = 100) -> list[Reply]:
    """What a channel has not delivered yet, oldest first."""
    query = select(outbox).where(outbox.c.state == PENDING, outbox.c.channel == channel)
    return _read(tx, query.order_by(outbox.c.id).limit(limit))


def delivered(tx: Connection, ids: Sequence[int], now: datetime, platform_id: str | None = None) -> None:
    """Mark replies as received by the citizen's side."""
    known = outbox.c.id.in_(ids) & (outbox.c.state == PENDING)
    tx.execute(update(outbox).where(known).values(state=DELIVERED, delivered_at=now, platform_id=platform_id))


def failed(tx: Connection, ids: Sequence[int]) -> None:
    """Mark replies that cannot be delivered any more."""
    tx.execute(update(outbox).where(outbox.c.id.in_(ids), outbox.c.state == PENDING).values(state=FAILED))


def _read(tx: Connection, query: Any) -> list[Reply]:
    return [
        Reply(
            row["id"],
            row["conversation"],
            row["channel"],
            row["inbox_id"],
            row["position"],
            bool(row["last"]),
            row["body"],
        )
        for row in tx.execute(query).mappings()
    ]
