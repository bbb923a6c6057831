"""What the actions keep: reminders. Nothing in them can be read without the key."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from foundation import erasure, retention
from foundation.database import Instant, metadata
from foundation.inbox import RowId

reminders = Table(
    "reminders",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("access", LargeBinary, nullable=False),
    Column("state", String(32), nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", String(32)),
    UniqueConstraint("conversation", "fingerprint"),
    Index("ix_reminders_next_at", "next_at"),
)
"""Who wants to hear of an application's next state.

`fingerprint` is the number's, `access` the number, title and watch token (encrypted; empty once it has ended), `state`
the one last told of. `next_at` is None unless it is on, and `outcome` then says why: offered, not taken yet; told,
stopped, expired, unreachable. See actions/applications/reminders.py.
"""

erasure.register_table(reminders, "channel", "state", "created_at", "ended_at", "outcome")
retention.register("reminders", retention.of_table(reminders, reminders.c.ended_at, in_order=False))
