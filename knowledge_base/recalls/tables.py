"""The tables of recalls, and what becomes of them when a citizen is erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, case, or_, select, update
from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.database import Instant, metadata
from foundation.inbox import RowId
from foundation.outbox import DELIVERED, outbox

TO_SEND, SENT, WAITING, REACHED = "to_send", "sent", "waiting", "reached"
UNREACHABLE, ERASED = "unreachable", "erased"
"""States of recipients: WAITING for the citizen to write again, as the platform takes nothing until then; REACHED has
arrived. The last two are final, and so is REACHED."""

recalls = Table(
    "recalls",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128), nullable=False),
    # NULL: whatever it says.
    Column("aspect", String(16)),
    Column("title", String(200), nullable=False),
    # The unit's department, which sees and makes the recall.
    Column("department", String(80), nullable=False, server_default=""),
    # Told between these moments what differs from what this release says.
    Column("release", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    # draft, sending, sent, withdrawn
    Column("state", String(16), nullable=False),
    Column("account", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_by", String(80)),
    Column("sent_at", Instant),
    Index("ix_recalls_unit", "kind", "unit_id"),
    Index("ix_recalls_state", "state"),
)

recall_recipients = Table(
    "recall_recipients",
    metadata,
    Column("recall_id", RowId, ForeignKey("recalls.id"), primary_key=True),
    # The record of the last answer that was wrong; one conversation is told once.
    Column("record", String(9), primary_key=True),
    Column("channel", String(40), nullable=False),
    # NULL: erased.
    Column("conversation", String(200)),
    Column("outbox_id", RowId),
    # The record of the correction.
    Column("correction", String(9)),
    Column("state", String(16), nullable=False),
    # Why it is waiting or unreachable: a name under `why` in words.yml.
    Column("why", String(40), nullable=False, server_default=""),
    # A task to tell them by phone was opened.
    Column("by_phone", Integer, nullable=False, server_default="0"),
    Column("at", Instant, nullable=False),
    Index("ix_recall_recipients_conversation", "conversation"),
    Index("ix_recall_recipients_recall_state", "recall_id", "state"),
    Index("ix_recall_recipients_state", "state"),
)


def erase(tx: Connection, conversation: str) -> int:
    """Forget whom a recall concerned; what came of it still counts."""
    arrived = select(outbox.c.id).where(outbox.c.conversation == conversation, outbox.c.state == DELIVERED)
    mine = recall_recipients.c.conversation == conversation
    came = recall_recipients.c.outbox_id.in_(arrived)
    tx.execute(update(recall_recipients).where(mine, came, ~_over()).values(state=REACHED, why=""))
    tx.execute(update(recall_recipients).where(mine, ~_over()).values(state=ERASED, why=""))
    return int(tx.execute(update(recall_recipients).where(mine).values(conversation=None, outbox_id=None)).rowcount)


def export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
    """Of which recalls a conversation was to be told."""
    query = select(recall_recipients).where(recall_recipients.c.conversation == conversation)
    rows = tx.execute(query.order_by(recall_recipients.c.recall_id)).mappings()
    return [{key: v.isoformat() if isinstance(v, datetime) else v for key, v in row.items()} for row in rows]


def _over() -> Any:
    return recall_recipients.c.state.in_((REACHED, UNREACHABLE, ERASED))


erasure.register("recall_recipients", erase, export)
_somebodys = or_(recall_recipients.c.conversation.is_not(None), recall_recipients.c.outbox_id.is_not(None))
_ended = case((_over(), recall_recipients.c.state), else_=ERASED)
retention.register(
    "recall_recipients",
    retention.of_table(
        recall_recipients,
        recall_recipients.c.at,
        _somebodys,
        values={"conversation": None, "outbox_id": None, "state": _ended},
        in_order=False,
    ),
)
