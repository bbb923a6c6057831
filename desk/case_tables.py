"""What is kept of 诉求: the cases, what happened to each, and what is to be sent of them to an outside system.

What a citizen wrote is masked. What the tokens in it stand for, and the contact, lie encrypted in `private`. When a
citizen is erased the cases stay, cut off from the conversation, for the office has to go on with them; so does the
contact while a case is open, and is deleted with its end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

cases = Table(
    "cases",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("number", String(20), nullable=False),
    Column("conversation", String(200)),
    Column("channel", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("what", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("happened", Text, nullable=False),
    Column("has_contact", Boolean, nullable=False),
    Column("private", LargeBinary),
    Column("topic_kind", String(16)),
    Column("topic_id", String(128)),
    Column("topic_title", String(200)),
    Column("department", String(80), nullable=False),
    Column("due_on", Date),
    Column("filed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("version", Integer, nullable=False),
    UniqueConstraint("number"),
    Index("ix_cases_conversation_id", "conversation", "id"),
    Index("ix_cases_state_department_id", "state", "department", "id"),
    Index("ix_cases_closed_at", "closed_at"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("case_id", RowId, ForeignKey("cases.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("action", String(16), nullable=False),
    Column("account", String(40)),
    Column("name", String(80)),
    Column("text", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("key", String(64)),
    UniqueConstraint("key"),
    Index("ix_case_events_case_id_id", "case_id", "id"),
)
"""`account` and `name` (as it was then) are of the member of staff; none of the citizen or the program. `key` is the
browser's own of what must not be done twice."""

case_deliveries = Table(
    "case_deliveries",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("case_id", RowId, ForeignKey("cases.id"), nullable=False),
    Column("event", String(16), nullable=False),
    Column("key", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("problem", String(200)),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("key"),
    Index("ix_case_deliveries_state_next_at", "state", "next_at"),
    Index("ix_case_deliveries_case_id_id", "case_id", "id"),
)
"""See desk/case_deliveries.py. `key` is what the outside system knows a delivery by."""


def readable() -> Any:
    """Whether a case may be shown to anybody: one that has ended, and is nobody's any more, is kept and not used."""
    return not_(and_(cases.c.closed_at.is_not(None), cases.c.conversation.is_(None)))


def _cut_off(tx: Connection, conversation: str) -> int:
    mine = cases.c.conversation == conversation
    tx.execute(update(cases).where(mine, cases.c.closed_at.is_not(None)).values(private=None, has_contact=False))
    return int(tx.execute(update(cases).where(mine).values(conversation=None)).rowcount)


def _export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
    names = ("number", "channel", "kind", "state", "what", "place", "happened", "has_contact", "department", "filed_at")
    query = select(*(cases.c[name] for name in names)).where(cases.c.conversation == conversation).order_by(cases.c.id)
    return [
        {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
        for row in tx.execute(query).mappings()
    ]


erasure.register("cases", _cut_off, _export)
retention.register(
    "cases",
    retention.of_table(
        cases,
        cases.c.closed_at,
        or_(cases.c.private.is_not(None), cases.c.has_contact.is_(True), cases.c.conversation.is_not(None)),
        values={"private": None, "has_contact": False, "conversation": None},
        in_order=False,
    ),
)
