"""The tables of the knowledge base.

A revision is one version of one unit and never changes. A membership says in which releases it stands: from
`from_release` up to, but not including, `to_release` (NULL: it is still in). So a release is never copied,
publishing one edit writes two rows, and every release there ever was can be read back.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId
from knowledge_base.editing.tables import change_orders

revisions = Table(
    "revisions",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128), nullable=False),
    Column("body", Json, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("author", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("kind", "unit_id", "digest"),
)

releases = Table(
    "releases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Instant, nullable=False),
    Column("account", String(80), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("detail", Json, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("revision_id", RowId, ForeignKey("revisions.id"), primary_key=True),
    Column("from_release", Integer, ForeignKey("releases.number"), primary_key=True),
    Column("to_release", Integer, ForeignKey("releases.number")),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128), nullable=False),
    Index("ix_memberships_from_release", "from_release", "to_release"),
    Index("ix_memberships_to_release", "to_release"),
    Index("ix_memberships_unit", "kind", "unit_id", "from_release"),
    Index(
        "uq_memberships_present",
        "kind",
        "unit_id",
        unique=True,
        sqlite_where=text("to_release IS NULL"),
        postgresql_where=text("to_release IS NULL"),
    ),
)

drafts = Table(
    "drafts",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("unit_id", String(128), primary_key=True),
    # NULL: the draft removes the unit.
    Column("revision_id", RowId, ForeignKey("revisions.id")),
    Column("account", String(80), nullable=False),
    Column("updated_at", Instant, nullable=False),
    # draft, in_review, approved
    Column("state", String(16), nullable=False, server_default="draft"),
    # How many steps of the review it has passed.
    Column("step", Integer, nullable=False, server_default="0"),
    Column("publish_at", Instant),
    Column("order_id", RowId, ForeignKey(change_orders.c.id)),
)
