"""What a sample keeps: how it was drawn, and of each answer its number and what a reviewer made of it. No text."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

quality_samples = Table(
    "quality_samples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("seed", String(64), nullable=False),
    # [{"speaker", "department", "population", "drawn"}]
    Column("strata", Json, nullable=False),
    Column("drawn_by", String(80), nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("closed_by", String(80)),
    Column("closed_at", Instant),
    Index("ix_quality_samples_until", "until"),
)
"""`since` and `until`: days at the office, both included. Whoever knows the seed can draw the same again."""

quality_sample_lines = Table(
    "quality_sample_lines",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("sample", Integer, ForeignKey("quality_samples.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("speaker", String(8), nullable=False),
    Column("department", String(80), nullable=False),
    Column("record", String(9), nullable=False),
    Column("said_by", String(80)),
    Column("verdict", String(16)),
    Column("remark", Text, nullable=False, default=""),
    Column("scored_by", String(80)),
    Column("scored_at", Instant),
    UniqueConstraint("sample", "record"),
    UniqueConstraint("sample", "place"),
)
"""`speaker`: robot or agent. `said_by`: the agent's account, who does not score the own reply."""
