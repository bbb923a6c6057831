"""Conversations with people: how they begin and end, and where to look them up. The desk's front door.

While one is waiting or with an agent the robot is silent: Rasa's tracker is paused, and resumes with its memory.
Whoever opens or withdraws one within a turn does so before storing the turn's replies: locks are taken in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk import changes
from desk.errors import Malformed
from desk.handover import (
    CITIZEN,
    CLOSED,
    OPEN,
    SYSTEM,
    WAITING,
    WITH_AGENT,
    WRAP_UP,
    Handover,
    Reason,
    begin,
    change,
    get,
    held,
    move,
    of_row,
)
from desk.priority import NO_LIMIT, Window, Windows
from desk.queue import Place, place, place_of_next, waiting
from desk.tables import handover_spans, handovers
from desk.taking import assign, give_back, take, take_next, transfer
from foundation import audit, dialogue
from foundation.prepared import Prepared

__all__ = [
    "CLOSED", "NO_LIMIT", "OPEN", "WAITING", "WITH_AGENT", "WRAP_UP", "Handover", "Place", "Request", "Span",
    "Window", "Windows", "assign", "close", "close_forgotten", "closed", "current", "end", "get", "give_back",
    "history", "leave_contact", "note_mood", "of_agent", "of_conversation", "open_handover", "place", "place_of_next",
    "raise_priority", "seen", "take", "take_next", "transfer", "waiting", "withdraw",
]  # fmt: skip
_OPEN = text("state IN ('waiting', 'with_agent')")  # of values given SQLAlchemy writes the text anew each time
_CURRENT = select(handovers).where(handovers.c.conversation == bindparam("conversation"), _OPEN)
_CURRENT_LOCKED = _CURRENT.with_for_update()
_IS_ONE = Prepared(select(handovers.c.id).where(handovers.c.conversation == bindparam("conversation"), _OPEN))
MOODS = ("pleased", "calm", "annoyed", "distressed")
"""From the least to the most in need of somebody."""


@dataclass(frozen=True)
class Request:
    """Why a person should take over, and what is known so far. `question` is the citizen's, masked."""

    conversation: str
    channel: str
    reason: Reason
    department: str = ""
    region: str | None = None
    topic_kind: str | None = None
    topic_id: str | None = None
    topic_title: str | None = None
    mood: str = "calm"
    misses: int = 0
    elderly: bool = False
    question: str = ""
    contact: str | None = None


@dataclass(frozen=True)
class Span:
    """Who had a handover in which state, from when to when; `by` brought it about, by `why`."""

    state: str
    account: str | None
    department: str
    since: datetime
    until: datetime | None
    by: str
    why: str


def current(tx: Connection, conversation: str, lock: bool = False) -> Handover | None:
    """The handover that a conversation is waiting in or has with an agent; None while the robot has it."""
    mine = {"conversation": conversation}
    if not _IS_ONE.rows(tx, mine):  # as at nearly every message
        return None
    row = tx.execute(_CURRENT_LOCKED if lock else _CURRENT, mine).mappings().first()
    return None if row is None else of_row(row)


def open_handover(tx: Connection, request: Request, now: datetime) -> Handover:
    """Put a conversation into the queue and silence the robot; one that is there already stays as it is."""
    if (known := current(tx, request.conversation)) is not None:
        return known
    values = {
        **vars(request),
        "department": request.department[:80],
        "topic_title": request.topic_title and request.topic_title[:200],
        "state": WAITING,
        "urgent": False,
        "opened_at": now,
        "last_citizen_at": now,
        "seen_at": now,
        "place_told_at": now,
        "version": 1,
    }
    try:
        with tx.begin_nested():
            id = tx.execute(insert(handovers).values(values)).inserted_primary_key[0]
    except IntegrityError:  # another process was first
        if (known := current(tx, request.conversation)) is None:
            raise
        return known
    opened = get(tx, id)
    begin(tx, opened, now, CITIZEN, request.reason)
    dialogue.append(tx, opened.conversation, [dialogue.paused(now)])
    changes.touch(tx, changes.of(id), changes.QUEUE)
    return opened


def withdraw(tx: Connection, id: int, now: datetime, why: str) -> Handover:
    """The citizen goes (back to the robot, unsubscribed, away): the robot has the conversation again.

    What an agent had, they still wrap up. One that is over already stays as it is.
    """
    found = get(tx, id, lock=True)
    if found.state not in OPEN:
        return found
    dialogue.append(tx, found.conversation, [dialogue.resumed(now)])
    if found.state == WAITING:
        return move(tx, found, CLOSED, now, CITIZEN, why, withdrawn=why, ended_at=now, closed_at=now)
    return move(tx, found, WRAP_UP, now, CITIZEN, why, withdrawn=why, ended_at=now)


def end(tx: Connection, id: int, account: str, now: datetime) -> Handover:
    """An agent ends a conversation; the robot has it again, and the agent wraps it up.

    Raises:
        NotYours, WrongState: this agent does not have it (any more).
    """
    found = held(tx, id, account, WITH_AGENT)
    dialogue.append(tx, found.conversation, [dialogue.resumed(now)])
    moved = move(tx, found, WRAP_UP, now, account, "end", ended_at=now)
    audit.record(tx, account, "desk.end", f"handover:{id}", {}, now)
    return moved


def close(tx: Connection, id: int, account: str, outcome: str, topic: str, now: datetime) -> Handover:
    """An agent closes a conversation, with what came of it and what it was about; ends it first, where it is not yet.

    Raises:
        NotYours, WrongState: this agent does not have it, or it is closed.
        Malformed: no outcome.
    """
    if not outcome.strip():
        raise Malformed("handover.no_outcome")
    found = held(tx, id, account, WITH_AGENT, WRAP_UP)
    if found.state == WITH_AGENT:
        found = end(tx, id, account, now)
    outcome, topic = outcome.strip()[:40], topic.strip()[:200]
    moved = move(tx, found, CLOSED, now, account, "close", closed_at=now, outcome=outcome, topic=topic)
    audit.record(tx, account, "desk.close", f"handover:{id}", {"outcome": outcome}, now)
    return moved


def close_forgotten(tx: Connection, now: datetime, after: timedelta) -> list[Handover]:
    """Close, without an outcome, what ended so long ago and was never wrapped up. No time counts as spent on it."""
    old = (handovers.c.state == WRAP_UP) & (handovers.c.ended_at < now - after)
    ids = tx.execute(select(handovers.c.id).where(old).order_by(handovers.c.conversation)).scalars().all()
    locked = [get(tx, id, lock=True) for id in ids]
    return [
        move(tx, one, CLOSED, now, SYSTEM, "forgotten", until=one.ended_at, closed_at=now)
        for one in locked
        if one.state == WRAP_UP
    ]


def raise_priority(tx: Connection, id: int, now: datetime) -> None:
    """Somebody may be in danger: before all others."""
    change(tx, get(tx, id, lock=True), urgent=True)


def note_mood(tx: Connection, id: int, mood: str, now: datetime) -> None:
    """A citizen who waits is in this mood by now; a worse one counts, a better one does not take away."""
    found = get(tx, id, lock=True)
    if mood in MOODS and MOODS.index(mood) > MOODS.index(found.mood):
        change(tx, found, mood=mood)


def leave_contact(tx: Connection, id: int, contact: str, now: datetime) -> None:
    """Where to reach a citizen should they leave: a token of the vault."""
    change(tx, get(tx, id, lock=True), contact=contact)


def seen(tx: Connection, conversation: str, now: datetime) -> None:
    """The citizen's side showed a sign of life: their page is open."""
    found = current(tx, conversation, lock=True)
    if found is not None and found.seen_at < now:
        tx.execute(update(handovers).where(handovers.c.id == found.id).values(seen_at=now))


def of_agent(tx: Connection, account: str) -> list[Handover]:
    """What an agent has and is wrapping up; who waits longest for a word comes first."""
    mine = (handovers.c.assigned_to == account) & handovers.c.state.in_((WITH_AGENT, WRAP_UP))
    found = [of_row(row) for row in tx.execute(select(handovers).where(mine)).mappings()]
    return sorted(found, key=lambda one: (one.state != WITH_AGENT, not one.owes_a_reply, one.last_citizen_at, one.id))


def closed(
    tx: Connection,
    account: str | None = None,
    department: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Handover]:
    """What is over, newest first; `before` is the id at which the previous page ended."""
    query = select(handovers).where(handovers.c.state == CLOSED)
    for column, wanted in ((handovers.c.assigned_to, account), (handovers.c.department, department)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(handovers.c.id < before)
    return [of_row(row) for row in tx.execute(query.order_by(handovers.c.id.desc()).limit(limit)).mappings()]


def of_conversation(tx: Connection, conversation: str) -> list[Handover]:
    """All handovers of a conversation, oldest first."""
    query = select(handovers).where(handovers.c.conversation == conversation).order_by(handovers.c.id)
    return [of_row(row) for row in tx.execute(query).mappings()]


def history(tx: Connection, id: int) -> list[Span]:
    """Through which hands a handover went."""
    columns = [handover_spans.c[name] for name in Span.__dataclass_fields__]
    query = select(*columns).where(handover_spans.c.handover == id).order_by(handover_spans.c.id)
    return [Span(**row) for row in tx.execute(query).mappings()]
