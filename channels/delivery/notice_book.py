"""Which notices are to be sent outside citizens' windows, and how far each got: written down before and after a call.

A held reply that tells of something that happened is told of by a notice of its own, once: its row in the outbox says
so. Of other held replies it is told, once for each closing of the window, that they wait: `reply_windows` says so. A
call that is found open when nobody makes it was interrupted; then it is made once more, with the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from channels.delivery.ledger import NEW
from channels.tables import deliveries, reply_windows
from foundation import outbox
from foundation.outbox import API, DELIVERED, HELD, NOTICE, PENDING, UNKNOWN

TOLD = -1
"""`waiting_told` when it was told that replies wait, or nobody can be told."""

rows, windows = outbox.outbox.c, reply_windows.c


@dataclass(frozen=True)
class Telling:
    """Something to be told to a citizen by a notice. `calls` were made for it and their outcome is not known."""

    conversation: str
    reply: int | None
    """The reply that it stands for; None: replies wait."""
    event: str
    values: Mapping[str, Any]
    key: str
    """Our id of it, the same at each call."""
    calls: int = 0


def news(tx: Connection, channel: str, events: Collection[str], but: Collection[int]) -> Telling | None:
    """The oldest held reply that a notice of one of these events can stand for, other than `but`."""
    untouched = or_(deliveries.c.conversation.is_(None), and_(deliveries.c.sent == 0, deliveries.c.calls <= NEW))
    ready = or_(rows.via.is_(None), and_(rows.via == NOTICE, rows.attempts > 0), and_(rows.via != NOTICE, untouched))
    query = (
        select(outbox.outbox)
        .select_from(outbox.outbox.outerjoin(deliveries, deliveries.c.conversation == rows.conversation))
        .where(rows.state == HELD, rows.channel == channel, outbox.event.in_(events), ready, rows.id.not_in(but))
    )
    row = tx.execute(query.order_by(rows.id).limit(1)).mappings().first()
    if row is None:
        return None
    notice = row["body"]["custom"]["notice"]
    calls = row["attempts"] if row["via"] == NOTICE else 0
    key = _key(row["conversation"], row["id"], row["created_at"])
    return Telling(row["conversation"], row["id"], notice["event"], notice.get("values") or {}, key, calls)


def waiting(tx: Connection, channel: str, event: str, others: Collection[str], but: Collection[str]) -> Telling | None:
    """The conversation, other than `but`, that has waited longest to be told (`event`) that replies wait.

    Replies of the events `others` have notices of their own.
    """
    query = (
        select(windows.conversation, windows.opened_at, windows.waiting_told)
        .select_from(reply_windows.join(outbox.outbox, rows.conversation == windows.conversation))
        .where(rows.state == HELD, rows.channel == channel, windows.waiting_told != TOLD)
        .where(or_(outbox.event.is_(None), outbox.event.not_in(others)), windows.conversation.not_in(but))
        .group_by(windows.conversation, windows.opened_at, windows.waiting_told)
    )
    row = tx.execute(query.order_by(func.min(rows.id)).limit(1)).first()
    if row is None:
        return None
    key = _key(row.conversation, "waiting", row.opened_at)
    return Telling(row.conversation, None, event, {}, key, row.waiting_told)


def call(tx: Connection, telling: Telling, now: datetime) -> Telling | None:
    """Count a call before it is made; None when nothing is to be told any more."""
    calls = telling.calls + 1
    if telling.reply is not None and not telling.calls:
        _take_back(tx, telling)
    if not _change(tx, telling, {"via": NOTICE, "attempts": calls, "claimed_at": now}, calls):
        return None
    return replace(telling, calls=calls)


def sent(tx: Connection, telling: Telling, platform_id: str | None, now: datetime) -> None:
    """The platform took it: the citizen has been told."""
    _change(tx, telling, {"state": DELIVERED, "delivered_at": now, "platform_id": platform_id, "attempts": 0}, TOLD)


def doubtful(tx: Connection, telling: Telling, now: datetime) -> None:
    """Called for often enough, and never confirmed."""
    _change(tx, telling, {"state": UNKNOWN, "delivered_at": now, "attempts": 0}, TOLD)


def settled(tx: Connection, telling: Telling) -> None:
    """The citizen cannot be told so; the reply waits until the citizen does something."""
    _change(tx, telling, {"attempts": 0}, TOLD)


def refused(tx: Connection, telling: Telling) -> None:
    """It was not sent, and is to be tried again later."""
    _change(tx, telling, {"via": None, "attempts": 0}, 0)


def _change(tx: Connection, telling: Telling, values: Mapping[str, Any], told: int) -> bool:
    """Change the reply, or the window's `waiting_told`, unless the citizen or another process has gone on with it."""
    if telling.reply is None:
        known = (windows.conversation == telling.conversation) & (windows.waiting_told == telling.calls)
        return bool(tx.execute(update(reply_windows).where(known).values(waiting_told=told)).rowcount)
    as_known = and_(rows.via == NOTICE, rows.attempts == telling.calls)
    fresh = or_(rows.via.is_(None), rows.via.not_in((NOTICE, API)))
    mine = and_(rows.id == telling.reply, rows.state == HELD, as_known if telling.calls else fresh)
    return bool(tx.execute(update(outbox.outbox).where(mine).values(values)).rowcount)


def _take_back(tx: Connection, telling: Telling) -> None:
    """A page with the reply was begun, and the platform took nothing of it: it is laid out anew when it may be sent.

    Also when the citizen has written meanwhile, and it may be sent already: without its page nobody would do so.
    """
    mine = and_(deliveries.c.conversation == telling.conversation, deliveries.c.sent == 0, deliveries.c.calls <= NEW)
    begun = and_(rows.conversation == telling.conversation, rows.state.in_(outbox.OPEN), rows.via == API)
    if tx.execute(delete(deliveries).where(mine)).rowcount:
        waits = case((rows.state == HELD, HELD), else_=PENDING)
        tx.execute(update(outbox.outbox).where(begun).values(state=waits, via=None))


def _key(conversation: str, what: object, since: datetime) -> str:
    return hashlib.sha256(f"{conversation}\0{what}\0{since.isoformat()}".encode()).hexdigest()[:24]
