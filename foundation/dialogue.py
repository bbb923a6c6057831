"""What was said in each conversation, by citizen, robot and person alike: Rasa's tracker, in one table.

Rasa reads its trackers from here (bot/trackers.py), and so does whoever shows a conversation to the staff. Events are
Rasa's, as plain JSON: `user`, `bot`, `slot`, `action` … While a person has the conversation, it is paused: `pause` and
`resume` are Rasa's own events for that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    LargeBinary,
    String,
    Table,
    bindparam,
    cast,
    func,
    insert,
    select,
    type_coerce,
)
from sqlalchemy.engine import Connection
from sqlalchemy.types import NullType

from foundation import erasure, retention
from foundation.database import Json, metadata
from foundation.inbox import RowId
from foundation.prepared import Prepared

SESSION_STARTED = "session_started"
SPOKEN = ("user", "bot")
PERSON = "person"
"""`by` of what a person of the staff said, in an event's metadata as in a reply's body; a robot's has none."""

Event = dict[str, Any]
Who = Literal["citizen", "robot", "person"]

tracker_events = Table(
    "tracker_events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("at", Float, nullable=False),
    Column("type", String(40), nullable=False),
    Column("starts_session", Boolean, nullable=False, default=False),
    Column("body", Json, nullable=False),
    Index("ix_tracker_events_conversation_id", "conversation", "id"),
    Index("ix_tracker_events_sessions", "conversation", "starts_session", "id"),
    sqlite_autoincrement=True,  # ids are an order: SQLite must not give an erased one out again
)
_APPEND = Prepared(insert(tracker_events))
_mine = tracker_events.c.conversation == bindparam("conversation")
_begin = select(func.max(tracker_events.c.id)).where(_mine, tracker_events.c.starts_session.is_(True)).scalar_subquery()
_in_session = _mine, tracker_events.c.id >= func.coalesce(_begin, 0)
_SESSION = select(tracker_events.c.body).where(*_in_session).order_by(tracker_events.c.id)
_as_bytes = type_coerce(cast(tracker_events.c.body, LargeBinary), NullType)  # SQLite's driver fails at torn text
_SESSION_AS_BYTES = Prepared(select(_as_bytes).where(*_in_session).order_by(tracker_events.c.id))


@dataclass(frozen=True)
class Written:
    """An event as it stands in a conversation."""

    id: int
    conversation: str
    at: float
    body: Event


@dataclass(frozen=True)
class Line:
    """One thing said. `text` is masked where a citizen said it."""

    id: int
    at: datetime
    who: Who
    text: str
    name: str | None = None
    """Of the person who said it."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """The robot's answer payload, its sources among it."""
    choices: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def append(tx: Connection, conversation: str, events: Sequence[Event]) -> None:
    """Add events to a conversation, in order. Each is a Rasa event as a dictionary.

    Only whoever holds the conversation's next inbox row, or its handover, may add.
    """
    rows = [
        {
            "conversation": conversation,
            "at": event["timestamp"],
            "type": event["event"],
            "starts_session": event["event"] == SESSION_STARTED,
            "body": event,
        }
        for event in events
    ]
    _APPEND.insert_all(tx, rows)


def session(tx: Connection, conversation: str) -> list[Event]:
    """The events of a conversation's present session, oldest first; all, where it has none that was begun.

    Raises:
        ValueError: one of them is none any more.
    """
    if tx.dialect.name != "sqlite":
        return list(tx.execute(_SESSION, {"conversation": conversation}).scalars())
    bodies = b",".join(body for (body,) in _SESSION_AS_BYTES.rows(tx, {"conversation": conversation}))
    events: list[Event] = json.loads(b"[%b]" % bodies)  # at once, which takes half as long
    return events


def heard(text: str, channel: str, at: datetime, message_id: str | None = None) -> Event:
    """The event of a citizen's message to which no robot replies."""
    understood = {"intent": {}, "entities": [], "text": text}
    said = {"event": "user", "timestamp": at.timestamp(), "text": text, "parse_data": understood}
    return {**said, "input_channel": channel, "message_id": message_id}


def told(text: str, at: datetime, metadata: Mapping[str, Any]) -> Event:
    """The event of a message to the citizen that no turn of the robot's brought about."""
    return {"event": "bot", "timestamp": at.timestamp(), "text": text, "data": {}, "metadata": dict(metadata)}


def paused(at: datetime) -> Event:
    """A person has the conversation from now on."""
    return {"event": "pause", "timestamp": at.timestamp()}


def resumed(at: datetime) -> Event:
    """The robot has it again."""
    return {"event": "resume", "timestamp": at.timestamp()}


def remembered(slot: str, value: Any, at: datetime) -> Event:
    """The robot is to remember something at its next turn."""
    return {"event": "slot", "timestamp": at.timestamp(), "name": slot, "value": value}


def transcript(tx: Connection, conversation: str, limit: int = 200, before: int | None = None) -> list[Line]:
    """What was said, oldest first: the last `limit` lines, or those before the line with that id."""
    query = select(tracker_events).where(
        tracker_events.c.conversation == conversation, tracker_events.c.type.in_(SPOKEN)
    )
    if before is not None:
        query = query.where(tracker_events.c.id < before)
    found = tx.execute(query.order_by(tracker_events.c.id.desc()).limit(limit)).mappings()
    return list(_lines(reversed(list(found))))


def recent(tx: Connection, since: datetime, events: int) -> dict[str, list[Line]]:
    """What was said of late, by conversation, each oldest first; of all conversations' last `events` events."""
    last = select(func.max(tracker_events.c.id)).scalar_subquery()
    late = (tracker_events.c.id > last - events) & (tracker_events.c.at >= since.timestamp())
    query = select(tracker_events).where(late, tracker_events.c.type.in_(SPOKEN)).order_by(tracker_events.c.id)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in tx.execute(query).mappings():
        found.setdefault(row["conversation"], []).append(row)
    return {conversation: list(_lines(iter(rows))) for conversation, rows in found.items()}


def written(tx: Connection, after: int, until: int, limit: int) -> list[Written]:
    """Events of all conversations by their ids: those behind `after`, up to `until`, at most so many."""
    between = (tracker_events.c.id > after) & (tracker_events.c.id <= until)
    columns = (tracker_events.c.id, tracker_events.c.conversation, tracker_events.c.at, tracker_events.c.body)
    query = select(*columns).where(between).order_by(tracker_events.c.id).limit(limit)
    return [Written(*row) for row in tx.execute(query)]


def waiting(tx: Connection, after: int | None, now: datetime) -> tuple[int, float]:
    """How many events there are behind an id, erased ones among them, and how old the first of them is, in seconds."""
    if after is None:
        return 0, 0.0
    newest = tx.execute(select(func.max(tracker_events.c.id))).scalar_one() or 0
    first = select(tracker_events.c.at).where(tracker_events.c.id > after).order_by(tracker_events.c.id).limit(1)
    at = tx.execute(first).scalar_one_or_none()
    return (0, 0.0) if at is None else (newest - after, max(now.timestamp() - at, 0.0))


def _lines(rows: Iterator[Mapping[str, Any]]) -> Iterator[Line]:
    for one in rows:
        body = one["body"]
        data, metadata_ = body.get("data") or {}, body.get("metadata") or {}
        by_person = metadata_.get("by") == PERSON
        yield Line(
            id=one["id"],
            at=datetime.fromtimestamp(one["at"], timezone.utc),
            who="citizen" if one["type"] == "user" else "person" if by_person else "robot",
            text=str(body.get("text") or ""),
            name=metadata_.get("name") if by_person else None,
            answer=(data.get("custom") or {}).get("answer") or {},
            choices=tuple(str(one.get("title") or "") for one in data.get("buttons") or ()),
            metadata=metadata_,
        )


erasure.register_table(tracker_events, "type", "at", "body")
retention.register("tracker_events", retention.of_table(tracker_events, tracker_events.c.at))
