"""What the help desk keeps, but for the complaint cases. Citizens' words in it are masked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    cast,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

GONE = "gone:"
"""A conversation that is not known any more begins with it: what is left of it counts in figures."""
_OPEN = text("state IN ('waiting', 'with_agent')")

handovers = Table(
    "handovers",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("department", String(80), nullable=False),
    Column("region", String(12)),
    Column("topic_kind", String(16)),
    Column("topic_id", String(128)),
    Column("topic_title", String(200)),
    Column("question", Text, nullable=False),
    Column("mood", String(16), nullable=False),
    Column("misses", Integer, nullable=False),
    Column("elderly", Boolean, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("contact", String(40)),
    Column("opened_at", Instant, nullable=False),
    Column("assigned_to", String(40)),
    Column("assigned_at", Instant),
    Column("first_reply_at", Instant),
    Column("last_citizen_at", Instant, nullable=False),
    Column("last_agent_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("place_told_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("closed_at", Instant),
    Column("withdrawn", String(16)),
    Column("outcome", String(40)),
    Column("topic", String(200)),
    Column("version", Integer, nullable=False),
    Index("uq_handovers_open", "conversation", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_handovers_state_id", "state", "id"),
    Index("ix_handovers_assigned_to_state", "assigned_to", "state"),
    Index("ix_handovers_conversation_id", "conversation", "id"),
    Index("ix_handovers_opened_at", "opened_at"),
    sqlite_autoincrement=True,
)
"""Conversations with people, one row from the request to the close; see desk/handover.py.

`seen_at`: when the citizen's side last showed a sign of life. `place_told_at`: when they were last told where they
stand. `contact`: a token of the vault.
"""

handover_spans = Table(
    "handover_spans",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("handover", RowId, ForeignKey("handovers.id"), nullable=False),
    Column("conversation", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("account", String(40)),
    Column("department", String(80), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("by", String(40), nullable=False),
    Column("why", String(16), nullable=False),
    Index("ix_handover_spans_handover_id", "handover", "id"),
    Index("ix_handover_spans_state_until", "state", "until"),
    Index("ix_handover_spans_conversation", "conversation"),
)
"""Who had a handover in which state from when to when: all figures are worked out from it. `by` brought it about."""

agent_messages = Table(
    "agent_messages",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("handover", RowId, ForeignKey("handovers.id"), nullable=False),
    Column("conversation", String(200), nullable=False),
    Column("key", String(80), nullable=False),
    Column("account", String(40), nullable=False),
    Column("outbox_id", RowId, nullable=False),
    Column("record", String(9)),
    Column("at", Instant, nullable=False),
    UniqueConstraint("handover", "key"),
    Index("ix_agent_messages_conversation", "conversation"),
)
"""What agents sent, by the key that their page gave it; the text is in the outbox and in the tracker."""

notes = Table(
    "notes",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("handover", RowId, ForeignKey("handovers.id")),
    Column("account", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_notes_conversation_id", "conversation", "id"),
)
"""What agents note for each other; no citizen ever sees it."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("department", String(80), nullable=False),
    Column("title", String(200), nullable=False),
    Column("detail", Json, nullable=False),
    Column("conversation", String(200)),
    Column("channel", String(40)),
    Column("handover", RowId, ForeignKey("handovers.id")),
    Column("contact", String(40)),
    Column("source", String(120), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String(40), nullable=False),
    Column("due_at", Instant),
    Column("taken_by", String(40)),
    Column("taken_at", Instant),
    Column("done_at", Instant),
    Column("outcome", String(40)),
    Column("remark", Text, nullable=False),
    UniqueConstraint("source"),
    Index("ix_tasks_state_due_at", "state", "due_at"),
    Index("ix_tasks_taken_by_state", "taken_by", "state"),
    Index("ix_tasks_conversation", "conversation"),
)
"""What is to be done: call back, look into a bad rating, correct a unit … `source` says where from, once."""

ratings = Table(
    "ratings",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("handover", RowId, ForeignKey("handovers.id")),
    Column("account", String(40)),
    Column("department", String(80), nullable=False),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("item_code", String(64)),
    Column("application_code", String(64)),
    Column("forward", Boolean, nullable=False),
    Column("rated_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changes", Integer, nullable=False),
    UniqueConstraint("conversation", "subject"),
    Index("ix_ratings_rated_at", "rated_at"),
)
"""咨询满意度, 1 to 5. `subject` is what was rated; `forward`: it may be passed on as 好差评, having both codes."""

approvals = Table(
    "approvals",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("source", String(120), nullable=False),
    Column("department", String(80), nullable=False),
    Column("question", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("decided_by", String(40)),
    Column("decided_at", Instant),
    Column("told_at", Instant),
    Column("outbox_id", RowId),
    UniqueConstraint("source"),
    Index("ix_approvals_state_due_at", "state", "due_at"),
    Index("ix_approvals_conversation", "conversation"),
)
"""Answers of the robot that wait for a person's confirmation or correction. `told_at`: the citizen knows it is late."""

agents = Table(
    "agents",
    metadata,
    Column("account", String(40), primary_key=True),
    Column("available", Boolean, nullable=False),
    Column("capacity", Integer),
    Column("departments", Json),
    Column("seen_at", Instant),
)
"""Who sits at the desk. Without a capacity the setting's holds; without departments, the account's own."""

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("department", String(80), nullable=False),
    Column("owner", String(40)),
    Column("title", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("updated_by", String(40), nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""常用语: everybody's (no department, no owner), a department's, or one agent's own."""

closures = Table(
    "closures",
    metadata,
    Column("day", Date, primary_key=True),
    Column("shifts", String(120), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("by", String(40), nullable=False),
    Column("at", Instant, nullable=False),
)
"""Days on which the desk keeps other hours than announced; empty shifts: none."""

marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_kind", String(16)),
    Column("unit_id", String(128)),
    Column("words", Json, nullable=False),
    Column("then", String(16), nullable=False),
    Column("department", String(80), nullable=False),
    Column("minutes", Integer),
    Column("by", String(40), nullable=False),
    Column("at", Instant, nullable=False),
)
"""A supervisor's rules: what is asked about a unit, or in certain words, goes to a person or waits for approval."""

changes = Table(
    "changes",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("topic", String(80), nullable=False),
    sqlite_autoincrement=True,
)
"""What changed of late, for pages that show it; see desk/changes.py."""

erasure.register_table(
    handovers, "channel", "state", "reason", "department", "topic_title", "question", "opened_at", "assigned_at",
    "first_reply_at", "ended_at", "closed_at", "withdrawn", "outcome", "topic",
)  # fmt: skip
erasure.register_table(handover_spans, "state", "since", "until")
erasure.register_table(agent_messages, "record", "at")
erasure.register_table(notes, "at")
erasure.register_table(tasks, "kind", "state", "title", "detail", "opened_at", "due_at", "done_at", "outcome")
erasure.register_table(ratings, "channel", "score", "comment", "rated_at", "changed_at")
erasure.register_table(approvals, "channel", "question", "state", "opened_at", "decided_at", "told_at")


def _hold(tx: Connection, conversation: str) -> None:
    """Lock a citizen's handovers, as whoever changes them does first, and have open pages learn that they go."""
    mine = handovers.c.conversation == conversation
    ids = tx.execute(select(handovers.c.id).where(mine).order_by(handovers.c.id).with_for_update()).scalars().all()
    if ids:
        topics = ["queue", "tasks", *(f"conversation:{id}" for id in ids)]
        tx.execute(insert(changes), [{"topic": topic} for topic in topics])


erasure.beforehand("desk", _hold)


def _nobody(table: Table) -> Any:
    """What stands for a conversation that is not known any more: no other row has it."""
    return literal(GONE) + cast(table.c.id, String)


def _somebodys(table: Table) -> Any:
    return ~table.c.conversation.startswith(GONE)


for _name, _step in {
    "notes": retention.of_table(notes, notes.c.at),
    "tasks": retention.of_table(tasks, tasks.c.done_at, in_order=False),
    "agent_messages": retention.of_table(agent_messages, agent_messages.c.at),
    "approvals": retention.of_table(approvals, approvals.c.opened_at),
    "ratings": retention.of_table(
        ratings, ratings.c.changed_at, _somebodys(ratings), values={"conversation": _nobody(ratings), "comment": ""}
    ),
    "handover_spans": retention.of_table(
        handover_spans,
        handover_spans.c.until,
        _somebodys(handover_spans),
        values={"conversation": _nobody(handover_spans)},
    ),
    "handovers": retention.of_table(
        handovers,
        handovers.c.closed_at,
        _somebodys(handovers),
        values={"conversation": _nobody(handovers), "question": "", "contact": None},
    ),
}.items():
    retention.register(_name, _step)
