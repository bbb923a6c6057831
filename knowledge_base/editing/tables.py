"""The tables of editing: who works on what, what is under review, what belongs together, what was settled."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

change_orders = Table(
    "change_orders",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("title", String(200), nullable=False),
    # The notice that asks for the change: {"title", "number", "issuer", "url", "date"}.
    Column("notice", Json, nullable=False),
    Column("department", String(80), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("account", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("publish_at", Instant),
    # The releases that brought it and took it back.
    Column("release", Integer),
    Column("withdrawn_release", Integer),
)

workings = Table(
    "workings",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("unit_id", String(128), primary_key=True),
    Column("account", String(80), primary_key=True),
    # What stands in the form, valid or not.
    Column("body", Json, nullable=False),
    # What it was begun from: the revision of the draft or of the published unit; NULL: a new unit.
    Column("base", RowId),
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128), nullable=False),
    # NULL: the removal of the unit was reviewed.
    Column("revision_id", RowId, ForeignKey("revisions.id")),
    Column("order_id", RowId, ForeignKey("change_orders.id")),
    Column("step", Integer, nullable=False),
    # submitted, approved, rejected, withdrawn, comment, published
    Column("verdict", String(16), nullable=False),
    Column("comment", Text, nullable=False, default=""),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_reviews_unit", "kind", "unit_id", "at"),
)

settlements = Table(
    "settlements",
    metadata,
    # The digest of a finding: the same finding about the same text is settled once.
    Column("finding", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128), nullable=False),
    Column("problem", Text, nullable=False),
    # accepted (it may stay), repaired, refused (the proposed repair is wrong)
    Column("verdict", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_settlements_unit", "kind", "unit_id"),
)

attachments = Table(
    "attachments",
    metadata,
    # The SHA-256 of the content: the same file is kept once, and never changes.
    Column("digest", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("account", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
)
