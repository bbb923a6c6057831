"""What the messaging channels keep besides inbox and outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.database import Instant, Json, metadata
from foundation.inbox import inbox

reply_windows = Table(
    "reply_windows",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("message_left", Integer, nullable=False),
    Column("message_until", Instant, nullable=False),
    Column("action_left", Integer, nullable=False),
    Column("action_until", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("waiting_told", Integer, nullable=False, default=0, server_default="0"),
)
"""How many more messages the platform lets us send to a citizen, and until when; see channels/windows.py.

`waiting_told`: calls made since it closed to tell that a reply waits, or TOLD; see channels/delivery/notices.py.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("key", String(24), nullable=False),
    Column("replies", Json, nullable=False),
    Column("parts", Json, nullable=False),
    Column("sent", Integer, nullable=False, default=0),
    Column("calls", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Index("ix_deliveries_channel_created_at", "channel", "created_at"),
)
"""What is being sent to a citizen: the outbox rows `replies` laid out as `parts`, of which `sent` are confirmed.

`calls` counts the calls made for the next part whose outcome nobody knows.
"""

remainders = Table(
    "remainders",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("key", String(24), nullable=False),
    Column("pages", Json, nullable=False),
    Column("stored_at", Instant, nullable=False),
)
"""What 更多 continues with: pages, each a list of outbox bodies."""

preferences = Table(
    "preferences",
    metadata,
    Column("conversation", String(200), primary_key=True),
    Column("elderly", Boolean, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""What a citizen has chosen: `elderly` is 敬老版."""

platform_tokens = Table(
    "platform_tokens",
    metadata,
    Column("account", String(120), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("fetched_at", Instant, nullable=False),
)
"""Access tokens of platform accounts, encrypted, shared by all processes."""

kf_cursors = Table(
    "kf_cursors",
    metadata,
    Column("open_kfid", String(64), primary_key=True),
    Column("cursor", String(128), nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""How far the messages of a 微信客服 account have been read."""

erasure.register_table(reply_windows, "message_left", "message_until", "action_left", "action_until", "opened_at")
erasure.register_table(deliveries, "channel", "parts", "sent", "created_at")
erasure.register_table(remainders, "pages", "stored_at")
erasure.register_table(preferences, "elderly", "updated_at")
_silent = ~select(inbox.c.id).where(inbox.c.conversation == preferences.c.conversation).exists()
for _table, _at, *_more in (
    (reply_windows, reply_windows.c.opened_at),
    (deliveries, deliveries.c.created_at),
    (remainders, remainders.c.stored_at),
    (preferences, preferences.c.updated_at, _silent),
):
    retention.register(_table.name, retention.of_table(_table, _at, *_more, in_order=False))


def put(
    tx: Connection, table: Table, conversation: str, values: dict[str, Any], defaults: dict[str, Any] | None = None
) -> None:
    """Change the conversation's row, or make it from `defaults` and `values`."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    row = {**(defaults or {}), **values, "conversation": conversation}
    made = insert(table).values(row)
    tx.execute(made.on_conflict_do_update(index_elements=[table.c.conversation], set_=values))
