"""The table of content tests. They live beside the knowledge that they test."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

content_tests = Table(
    "content_tests",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    # The unit that carries it; NULL: it belongs to the regression set.
    Column("kind", String(16)),
    Column("unit_id", String(128)),
    # What is said, turn by turn; the last answer is looked at.
    Column("turns", Json, nullable=False),
    Column("region", String(15)),
    Column("as_of", Date),
    # {"kind", "id", "aspect", "contains": [...], "lacks": [...]}; what is absent is not looked at.
    Column("expect", Json, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("active", Boolean, nullable=False, default=True),
    Column("account", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("approved_by", String(80)),
    Column("passed_release", Integer),
    Index("ix_content_tests_unit", "kind", "unit_id"),
)
