"""What was asked and how it went: one row a turn, masked, written in the turn's own transaction."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

turns = Table(
    "turns",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("conversation", String(200)),
    Column("channel", String(20), nullable=False),
    Column("region", String(15)),
    # What was typed, masked; NULL once it was erased or its time is over.
    Column("question", Text),
    Column("kind", String(16), nullable=False),
    Column("unit_kind", String(16)),
    Column("unit_id", String(128)),
    # That answers for the unit, on the day of the turn.
    Column("department", String(80)),
    Column("aspect", String(16)),
    Column("confidence", Float),
    # answered, options, refused, other
    Column("decision", String(16), nullable=False),
    Column("release", Integer),
    Column("record", String(9)),
    # The closest units, best first: [{"kind", "id", "confidence"}].
    Column("candidates", Json, nullable=False),
    Column("mood", String(16)),
    Column("handover", Boolean, nullable=False, default=False),
    Column("rating", Integer),
    Column("milliseconds", Integer),
    Index("ix_turns_at", "at"),
    Index("ix_turns_conversation", "conversation", "at"),
    Index("ix_turns_decision", "decision", "at"),
    Index("ix_turns_unit", "unit_kind", "unit_id", "at"),
)
