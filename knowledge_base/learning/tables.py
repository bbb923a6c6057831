"""The table of questions that somebody has set aside."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

asides = Table(
    "asides",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    # Empty: nothing that a citizen wrote outlives the conversation. (It once was one of the questions.)
    Column("question", Text, nullable=False),
    # Marks of all of them: the cluster is recognised by these, whatever else joins it.
    Column("marks", Json, nullable=False),
    # How often it was asked by then: it comes back when that has grown markedly.
    Column("count", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)
