"""Who has been written to, whom it has reached, and whom it cannot: recipients move from state to state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, and_, func, not_, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from foundation.outbox import DELIVERED, FAILED, HELD, NEWS_FOR, PENDING, SENDING, UNKNOWN, outbox
from knowledge_base.recalls import drafting
from knowledge_base.recalls.tables import (
    REACHED,
    SENT,
    TO_SEND,
    UNREACHABLE,
    WAITING,
    recall_recipients,
    recalls,
)

LAST = timedelta(days=1)
"""So long after news is given up, it is told that it was never fetched."""
rows = recall_recipients.c


@dataclass(frozen=True)
class Recipient:
    recall_id: int
    record: str
    channel: str
    conversation: str
    outbox_id: int | None


@dataclass(frozen=True)
class Counts:
    """Of one recall: how many of each channel are in each state, and why some are not reached."""

    states: dict[tuple[str, str], int]
    """(channel, state) → how many; the channel of those erased before is ""."""
    why: dict[str, int]
    by_phone: int
    """For so many a task to call them was opened."""

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def channels(self) -> list[str]:
        return sorted({channel for channel, _ in self.states})

    def of(self, state: str, channel: str | None = None) -> int:
        """How many are in a state, on one channel or on all."""
        return sum(count for (where, what), count in self.states.items() if what == state and channel in (None, where))


def counts(tx: Connection, recall_id: int) -> Counts:
    """How far a recall has come."""
    mine, number = rows.recall_id == recall_id, func.count()
    states = select(rows.channel, rows.state, number).where(mine).group_by(rows.channel, rows.state)
    why = select(rows.why, number).where(mine, rows.why != "").group_by(rows.why)
    return Counts(
        {(channel, state): int(count) for channel, state, count in tx.execute(states)},
        {name: int(count) for name, count in tx.execute(why)},
        int(tx.execute(select(func.sum(rows.by_phone)).where(mine)).scalar() or 0),
    )


def next_ones(tx: Connection, busy: Sequence[str], limit: int) -> list[Recipient]:
    """Those of all recalls being sent who are to be written to next, by conversation, but not on busy channels."""
    waiting = and_(rows.state == TO_SEND, rows.channel.not_in(busy))
    sending = recall_recipients.join(recalls, recalls.c.id == rows.recall_id)
    query = (
        select(*_columns())
        .select_from(sending)
        .where(waiting, recalls.c.state == drafting.SENDING)
        .order_by(rows.recall_id, rows.record)
        .limit(limit)
    )
    return sorted((Recipient(**row) for row in tx.execute(query).mappings()), key=lambda one: one.conversation)


def under_way(tx: Connection) -> dict[str, int]:
    """How many of our messages each channel has not delivered yet."""
    joined = recall_recipients.join(outbox, outbox.c.id == rows.outbox_id)
    query = select(rows.channel, func.count()).select_from(joined)
    late = query.where(rows.state == SENT, outbox.c.state.in_((PENDING, SENDING))).group_by(rows.channel)
    return {channel: int(count) for channel, count in tx.execute(late)}


def claim(tx: Connection, one: Recipient, now: datetime) -> bool:
    """Note that somebody is written to in this transaction; False: they were already, or were erased."""
    mine = and_(_is(one), rows.state == TO_SEND)
    return bool(tx.execute(update(recall_recipients).where(mine).values(state=SENT, at=now)).rowcount)


def written_to(tx: Connection, one: Recipient, outbox_id: int, correction: str) -> None:
    """The correction, with this record, lies in the outbox."""
    tx.execute(update(recall_recipients).where(_is(one)).values(outbox_id=outbox_id, correction=correction))


def unreachable(tx: Connection, one: Recipient, why: str, now: datetime, *, by_phone: bool = False) -> None:
    """Somebody cannot be written to."""
    values = {"state": UNREACHABLE, "why": why, "by_phone": int(by_phone), "at": now}
    tx.execute(update(recall_recipients).where(_is(one)).values(values))


def held(tx: Connection, one: Recipient, now: datetime, *, by_phone: bool = False) -> None:
    """Somebody gets it when they write again."""
    values = {"state": WAITING, "why": "window", "by_phone": int(by_phone), "at": now}
    tx.execute(update(recall_recipients).where(_is(one)).values(values))


def arrived(tx: Connection, now: datetime) -> list[Recipient]:
    """Note what has been delivered by now; those among them whom somebody was to call."""
    mine = and_(rows.state.in_((SENT, WAITING)), _message_is(DELIVERED))
    called = [Recipient(*row) for row in tx.execute(select(*_columns()).where(mine, rows.by_phone == 1))]
    tx.execute(update(recall_recipients).where(mine).values(state=REACHED, why="", at=now))
    return called


def stuck(tx: Connection, limit: int) -> list[tuple[Recipient, str]]:
    """Whom the platform takes nothing for, and why: for now ("window"), or for ever ("refused")."""
    joined = recall_recipients.join(outbox, outbox.c.id == rows.outbox_id)
    query = select(*_columns(), outbox.c.state).select_from(joined)
    held = and_(rows.state == SENT, outbox.c.state == HELD)
    failed = and_(rows.state.in_((SENT, WAITING)), outbox.c.state == FAILED)
    found = tx.execute(query.where(or_(held, failed)).order_by(rows.conversation).limit(limit))
    return [(Recipient(*row[:5]), "window" if row[5] == HELD else "refused") for row in found]


def finish(tx: Connection, now: datetime) -> None:
    """End what nobody waits for any more: recalls of which all was sent, and messages that were never fetched."""
    open_ones = select(rows.recall_id).where(rows.state == TO_SEND)
    over = and_(recalls.c.state == drafting.SENDING, recalls.c.id.not_in(open_ones))
    tx.execute(update(recalls).where(over).values(state=drafting.DONE))
    given_up = and_(rows.state.in_((SENT, WAITING)), rows.at < now - NEWS_FOR - LAST)
    never = and_(given_up, not_(_message_is(UNKNOWN)))
    tx.execute(update(recall_recipients).where(never).values(state=UNREACHABLE, why="too_late", at=now))


def is_idle(tx: Connection) -> bool:
    """Whether nobody is to be written to or waited for."""
    open_ones = select(rows.record).where(rows.state.in_((TO_SEND, SENT, WAITING))).limit(1)
    return tx.execute(open_ones).first() is None


def _message_is(state: str) -> ColumnElement[bool]:
    return select(outbox.c.id).where(outbox.c.id == rows.outbox_id, outbox.c.state == state).exists()


def _is(one: Recipient) -> ColumnElement[bool]:
    return and_(rows.recall_id == one.recall_id, rows.record == one.record)


def _columns() -> list[Column[Any]]:
    return [rows[name] for name in ("recall_id", "record", "channel", "conversation", "outbox_id")]
