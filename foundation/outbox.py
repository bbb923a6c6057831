"""The outbox: every reply, stored in its turn's transaction, then delivered by the channel that owns it.

A row's id orders the replies of a conversation: it is the sequence number that the web chat acknowledges.

pending ─┬─ web, REST: shown, acknowledged ──────────────────────────── delivered
         ├─ sending (passive): the answer to an open request ───────────┤
         ├─ sending (api): part of a row in `deliveries` ───────────────┼─ unknown: sent, and never confirmed
         ├─ held: the platform takes nothing until the citizen writes ──┤  (from here by a notice)
         │                                                              └─ failed
         └─ ← from sending and held, when it is to be tried (again)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection

from foundation.database import Instant, Json, metadata
from foundation.deadlines import lately
from foundation.inbox import DONE, RowId, inbox
from foundation.prepared import Prepared

PENDING, SENDING, HELD, DELIVERED, UNKNOWN, FAILED = "pending", "sending", "held", "delivered", "unknown", "failed"
OPEN = (PENDING, SENDING, HELD)
"""States of replies that the citizen does not have yet, as far as anybody knows."""
PASSIVE, API, NOTICE = "passive", "api", "notice"
"""By what a reply is sent: in the answer to a platform's request, by a call of ours, or told of by a notice outside the
citizen's window. Of a held reply the last says that this was tried; `attempts` counts calls of unknown outcome."""
NEWS_FOR = timedelta(days=30)
"""What happened is still worth telling so long after it was written."""
CONFIRMED_WITHIN = timedelta(seconds=6)
"""A passive reply that is not confirmed so long after it was claimed may not have been written: its gateway died, or
the connection broke."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("inbox_id", RowId, ForeignKey("inbox.id")),
    Column("position", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Column("state", String(16), nullable=False, default=PENDING),
    Column("attempts", Integer, nullable=False, default=0),
    Column("platform_id", String(128)),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("via", String(16)),
    Column("claimed_at", Instant),
    UniqueConstraint("inbox_id", "position"),
    Index("ix_outbox_conversation_id", "conversation", "id"),
    Index("ix_outbox_state_channel_id", "state", "channel", "id"),
    sqlite_autoincrement=True,  # ids are an order: SQLite must not give an erased one out again
)

event = outbox.c.body[("custom", "notice", "event")].as_string()
"""What a reply tells of that nobody asked, as `application.decided`; null in all others. Its `custom.notice` has the
`values` besides that a template of the platform can show."""


_ADD = Prepared(insert(outbox))
_IN_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended(:c, 1))")


@dataclass(frozen=True)
class Reply:
    """One message to a citizen. `body` is what Rasa's output channels send: text, buttons, custom …

    `position` counts the replies of one turn from 0 and `last` marks its end. `inbox_id` is None for what no
    message asked for.
    """

    id: int
    conversation: str
    channel: str
    inbox_id: int | None
    position: int
    last: bool
    body: dict[str, Any]


def add(
    tx: Connection,
    conversation: str,
    channel: str,
    bodies: Sequence[dict[str, Any]],
    now: datetime,
    inbox_id: int | None = None,
) -> None:
    """Store the replies of one turn, in order. Whoever writes to many conversations does so in their order."""
    if bodies and tx.dialect.name == "postgresql":
        # Rows of one conversation become visible in the order of their ids: `after` must not step over one.
        tx.execute(_IN_ORDER, {"c": conversation})
    rows = [
        {
            "conversation": conversation,
            "channel": channel,
            "inbox_id": inbox_id,
            "position": position,
            "last": int(position == len(bodies) - 1),
            "body": body,
            "state": PENDING,
            "attempts": 0,
            "created_at": now,
        }
        for position, body in enumerate(bodies)
    ]
    _ADD.insert_all(tx, rows)


# Made once: putting a statement together costs more than SQLite takes to answer it.
_COLUMNS = (
    outbox.c.id,
    outbox.c.conversation,
    outbox.c.channel,
    outbox.c.inbox_id,
    outbox.c.position,
    outbox.c.last,
    outbox.c.body,
)
_IN_TURN = select(*_COLUMNS).where(outbox.c.inbox_id == bindparam("turn")).order_by(outbox.c.id)
_OF_TURNS = (
    select(inbox.c.id, *_COLUMNS)
    .select_from(inbox.outerjoin(outbox, outbox.c.inbox_id == inbox.c.id))
    .order_by(outbox.c.id)
)
_OF_DONE = _OF_TURNS.where(inbox.c.id.in_(bindparam("turns", expanding=True)), inbox.c.state == DONE)
_turns = func.json_each(bindparam("turns")).table_valued("value")
# SQLite's, of one text for any number of turns. By the sign it must not go by the index of states: nearly all are done.
_OF_DONE_IN_JSON = Prepared(
    _OF_TURNS.where(inbox.c.id.in_(select(_turns.c.value)), literal_column("+inbox.state") == DONE)
)
_AFTER = Prepared(
    select(*_COLUMNS)
    .where(outbox.c.conversation == bindparam("of"), outbox.c.id > bindparam("seen"))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)


def replies_to(tx: Connection, inbox_id: int) -> list[Reply]:
    """The replies of one turn, empty while it is not done."""
    return _read(tx, _IN_TURN, {"turn": inbox_id})


def replies_of_done(tx: Connection, inbox_ids: Sequence[int]) -> dict[int, list[Reply]]:
    """For each of these turns that is done its replies, in order."""
    done: dict[int, list[Reply]] = {}
    if tx.dialect.name == "sqlite":
        rows = _OF_DONE_IN_JSON.rows(tx, {"turns": json.dumps(list(inbox_ids))})
    else:
        rows = tx.execute(_OF_DONE, {"turns": inbox_ids}).all()
    for turn, *reply in rows:
        replies = done.setdefault(turn, [])
        if reply[0] is not None:  # otherwise the turn has none
            replies.append(_reply(*reply))
    return done


def after(tx: Connection, conversation: str, last_seen: int, limit: int = 200) -> list[Reply]:
    """What a conversation has got since the reply with id `last_seen`, oldest first."""
    return [_reply(*row) for row in _AFTER.rows(tx, {"of": conversation, "seen": last_seen, "most": limit})]


def pending(tx: Connection, channel: str, limit: int = 100) -> list[Reply]:
    """What a channel has not delivered yet, oldest first."""
    query = select(*_COLUMNS).where(outbox.c.state == PENDING, outbox.c.channel == channel)
    return _read(tx, query.order_by(outbox.c.id).limit(limit))


def delivered(tx: Connection, ids: Sequence[int], now: datetime) -> None:
    """Mark replies as received by the citizen's side. What a delivery is sending is left to that."""
    tx.execute(_DELIVER, {"ids": ids, "at": now})


def answered_with(tx: Connection, ids: Sequence[int], now: datetime) -> None:
    """Mark replies delivered that the answer to a platform's request carried; not those of which it has said meanwhile,
    by asking again, that it did not get them."""
    tx.execute(_ANSWERED, {"ids": ids, "at": now})


def failed(tx: Connection, ids: Sequence[int]) -> None:
    """Mark replies that cannot be delivered any more."""
    tx.execute(update(outbox).where(outbox.c.id.in_(ids), outbox.c.state.in_(OPEN)).values(state=FAILED))


def is_news(now: datetime) -> Any:
    """Whether a row tells of something that happened, and is still worth telling."""
    return and_(event.is_not(None), outbox.c.created_at >= now - NEWS_FOR)


def passive_claim() -> Any:
    """Whether a row was claimed for a passive reply."""
    return and_(outbox.c.state == SENDING, outbox.c.via == PASSIVE)


_MARK = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=DELIVERED, delivered_at=bindparam("at"))
)
_DELIVER = _MARK.where(or_(outbox.c.state.in_((PENDING, HELD)), passive_claim()))
_ANSWERED = _MARK.where(passive_claim())


def free(now: datetime) -> Any:
    """Whether a row may be claimed: no delivery has it, or the one who was to answer with it never confirmed."""
    lost = and_(passive_claim(), not_(lately(outbox.c.claimed_at, now, CONFIRMED_WITHIN)))
    return or_(and_(outbox.c.state.in_((PENDING, HELD)), outbox.c.via.is_distinct_from(API)), lost)


def claim(tx: Connection, ids: Sequence[int], via: str, now: datetime) -> bool:
    """Take replies to send them: all of them, or none when one of them is not free."""
    taken = update(outbox).where(outbox.c.id.in_(ids), free(now)).values(state=SENDING, via=via, claimed_at=now)
    with tx.begin_nested() as attempt:
        if tx.execute(taken).rowcount == len(ids):
            return True
        attempt.rollback()
        return False


def unanswered(tx: Connection, inbox_id: int) -> None:
    """The platform asks again: it did not get the passive replies of this turn, whatever we thought of them."""
    passive = and_(outbox.c.via == PASSIVE, outbox.c.state.in_((SENDING, DELIVERED)))
    back = update(outbox).where(outbox.c.inbox_id == inbox_id, passive)
    tx.execute(back.values(state=PENDING, via=None, delivered_at=None))


def read(tx: Connection, *conditions: Any) -> list[Reply]:
    """Replies that fulfil conditions on the table `outbox`, by id."""
    return _read(tx, select(*_COLUMNS).where(*conditions).order_by(outbox.c.id))


def _read(tx: Connection, query: Any, values: dict[str, Any] | None = None) -> list[Reply]:
    return [_reply(*row) for row in tx.execute(query, values or {})]


def _reply(
    id: int, conversation: str, channel: str, inbox_id: int | None, position: int, last: int, body: dict[str, Any]
) -> Reply:
    return Reply(id, conversation, channel, inbox_id, position, bool(last), body)
