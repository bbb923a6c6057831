"""What the early warning keeps: counts, what is usual, alerts with their history, mutes, what is to be sent."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId

warning_hours = Table(
    "warning_hours",
    metadata,
    # The beginning of an hour that is over.
    Column("hour", Instant, primary_key=True),
    # People, by measure and series: {"asked": {"unit|item:id-card|330106": 4}, …}.
    Column("counts", Json, nullable=False),
)

warning_baselines = Table(
    "warning_baselines",
    metadata,
    # The first day that it was not learned from; the newest holds.
    Column("day", Date, primary_key=True),
    Column("at", Instant, nullable=False),
    # Arrays, compressed: see storing.py.
    Column("content", LargeBinary, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    # surge, silence, refused, unhappy, alike, failing
    Column("what", String(16), nullable=False),
    # The series' name; of what fails the part's, of questions alike the digest of one of them.
    Column("subject", String(240), nullable=False),
    # `what subject` while it goes on, so that an incident has one alert; NULL once it is over.
    Column("going_on", String(260), unique=True),
    # notice, serious, urgent
    Column("severity", String(16), nullable=False),
    Column("opened_at", Instant, nullable=False),
    # When it was last seen to go on.
    Column("seen_at", Instant, nullable=False),
    Column("recovered_at", Instant),
    # The window of which the numbers tell, as they were at the height of it.
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("people", Integer, nullable=False),
    Column("asked", Integer, nullable=False, default=0),
    Column("expected", Float, nullable=False),
    Column("low", Integer, nullable=False),
    Column("high", Integer, nullable=False),
    # Ids of turns whose questions show what it is about; the texts stay where they can be erased.
    Column("samples", Json, nullable=False),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String(80)),
    Column("resolved_at", Instant),
    Column("resolved_by", String(80)),
    # real, false
    Column("verdict", String(8)),
    Column("remark", Text, nullable=False, default=""),
    Index("ix_alerts_opened_at", "opened_at"),
)

alert_events = Table(
    "alert_events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("alert", RowId, ForeignKey("alerts.id"), nullable=False),
    Column("at", Instant, nullable=False),
    # opened, worse, recovered, again, acknowledged, resolved, muted, noticed, sent, not_sent
    Column("kind", String(16), nullable=False),
    # Whose doing it was; empty: the system's.
    Column("account", String(80), nullable=False, default=""),
    Column("detail", Json, nullable=False),
    Index("ix_alert_events_alert", "alert", "id"),
)

alert_mutes = Table(
    "alert_mutes",
    metadata,
    # As `subject` of alerts; one mute each.
    Column("subject", String(240), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("remark", Text, nullable=False, default=""),
    Column("account", String(80), nullable=False),
    Column("at", Instant, nullable=False),
)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("alert", RowId, ForeignKey("alerts.id"), nullable=False),
    # webhook, wecom
    Column("address", String(16), nullable=False),
    # The other side knows by it what it has already.
    Column("key", String(32), nullable=False),
    # pending, sending, sent, dead
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    # When it may be tried (again); while it is being sent, when whoever sends it is given up.
    Column("next_at", Instant, nullable=False),
    Column("problem", String(120)),
    Column("sent_at", Instant),
    UniqueConstraint("alert", "address"),
    Index("ix_alert_messages_state", "state", "next_at"),
)
