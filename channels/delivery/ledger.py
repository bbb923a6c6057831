"""What is sent to whom, and how far it got: written down before each call and after it.

A delivery is one page of parts made of one or several replies. `calls` says what is known of its next part: NEW, or
under way for the first time, the second …, or REFUSED: counted in the citizen's window, and not sent. A part that is
found under way when nobody sends it was interrupted: nobody knows whether it arrived, and it is sent once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, not_, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from channels import windows
from channels.delivery.stored_parts import from_json, to_json
from channels.rendering import Part
from channels.tables import deliveries
from foundation import outbox
from foundation.inbox import OPEN_FOR, awaited, inbox
from foundation.outbox import API, DELIVERED, FAILED, HELD, OPEN, PENDING, SENDING, UNKNOWN

REFUSED, NEW, FIRST, SECOND = -1, 0, 1, 2
LAST = 4
"""Calls for a part that were interrupted, after which it is taken for sent: it may be what kills the process."""
KEPT = timedelta(hours=48)
"""A reply that could not be sent for so long is given up, unless it is news: that waits for the citizen longer."""

rows = outbox.outbox.c


@dataclass(frozen=True)
class Delivery:
    """Replies of a conversation as parts, of which the first `sent` are sent and the next is being called for."""

    conversation: str
    key: str
    replies: tuple[int, ...]
    parts: tuple[Part, ...]
    sent: int = 0
    calls: int = NEW
    doubtful: bool = False
    """Whether a part of it was sent without ever being confirmed."""

    @property
    def part(self) -> Part:
        return self.parts[self.sent]

    @property
    def part_key(self) -> str:
        """Our id of the next part, the same at each call."""
        return f"{self.key}-{self.sent}"


def _due() -> Select:
    unread = or_(inbox.c.passive_until.is_(None), not_(awaited(bindparam("now"), bindparam("longest"))))
    recently = and_(rows.claimed_at >= bindparam("lost"), rows.claimed_at <= bindparam("ahead"))
    lost = and_(outbox.passive_claim(), not_(recently))
    ready = or_(and_(rows.state == PENDING, unread), and_(rows.state == SENDING, or_(rows.via == API, lost)))
    return (
        select(rows.conversation)
        .select_from(outbox.outbox.outerjoin(inbox, inbox.c.id == rows.inbox_id))
        .where(rows.channel == bindparam("channel"), rows.state.in_((PENDING, SENDING)), ready)
        .group_by(rows.conversation)
        .order_by(func.min(rows.id))
        .limit(bindparam("most"))
    )


DUE = _due()
"""Built once: it is asked many times a second."""


def due(tx: Connection, channel: str, now: datetime, most: int) -> list[str]:
    """Conversations with a reply that may be sent, those that wait longest first."""
    values = {"channel": channel, "now": now, "longest": now + OPEN_FOR, "most": most}
    values |= {"lost": now - outbox.CONFIRMED_WITHIN, "ahead": now + outbox.CONFIRMED_WITHIN}
    return list(tx.execute(DUE, values).scalars())


def under_way(tx: Connection, conversation: str) -> Delivery | None:
    """The delivery that was begun for a conversation and is not over."""
    row = tx.execute(select(deliveries).where(deliveries.c.conversation == conversation)).mappings().first()
    if row is None:
        return None
    return Delivery(
        conversation,
        row["key"],
        tuple(row["replies"]),
        tuple(from_json(part) for part in row["parts"]),
        row["sent"],
        row["calls"],
        any(part.get("doubtful") for part in row["parts"]),
    )


def next_replies(tx: Connection, conversation: str, now: datetime) -> list[outbox.Reply]:
    """The replies that may be sent together now, in order: up to the first that an open request may carry."""
    waited_for = set(
        tx.execute(
            select(inbox.c.id).where(inbox.c.conversation == conversation, awaited(now, now + OPEN_FOR))
        ).scalars()
    )
    free = set(tx.execute(select(rows.id).where(rows.conversation == conversation, outbox.free(now))).scalars())
    found = []
    for reply in outbox.read(tx, rows.conversation == conversation, rows.state.in_(OPEN)):
        if reply.id not in free or reply.inbox_id in waited_for:
            break
        found.append(reply)
    return found


def begin(tx: Connection, channel: str, delivery: Delivery, now: datetime) -> Delivery | None:
    """Write a new delivery down and count a call for its first part.

    Returns:
        The delivery as it is to be called for; None when another took a reply meanwhile, or there is nothing to say.
    """
    if not outbox.claim(tx, delivery.replies, API, now):
        return None
    if not delivery.parts:
        _end(tx, delivery, DELIVERED, now, None)
        return None
    windows.spend(tx, delivery.conversation)
    begun = replace(delivery, calls=FIRST)
    tx.execute(
        insert(deliveries).values(
            conversation=delivery.conversation,
            channel=channel,
            key=delivery.key,
            replies=list(delivery.replies),
            parts=[to_json(part) for part in delivery.parts],
            sent=begun.sent,
            calls=begun.calls,
            created_at=now,
        )
    )
    return begun


def call(tx: Connection, delivery: Delivery, now: datetime) -> Delivery | None:
    """Count a call for the next part before it is made.

    Returns:
        The delivery as it is to be called for; None when the window is closed and it is held instead, or another
        process has gone on with it.
    """
    if delivery.calls != REFUSED:
        if hold(tx, delivery.conversation, now):
            return None
        windows.spend(tx, delivery.conversation)
    called = _change(tx, delivery, calls=max(delivery.calls, NEW) + 1)
    if called is not None:
        _mark(tx, delivery, SENDING)
    return called


def confirm(
    tx: Connection, delivery: Delivery, platform_id: str | None, now: datetime, *, doubtful: bool = False
) -> Delivery | None:
    """The next part was sent (`doubtful`: perhaps). What remains of the delivery, its next part not called for yet."""
    parts: dict[str, Any] = {}
    if doubtful:
        parts["parts"] = [
            {**to_json(part), "doubtful": delivery.doubtful or number == delivery.sent}
            for number, part in enumerate(delivery.parts)
        ]
    changed = _change(tx, delivery, sent=delivery.sent + 1, calls=NEW, **parts)
    if changed is None:
        return None
    changed = replace(changed, doubtful=delivery.doubtful or doubtful)
    if changed.sent < len(changed.parts):
        return changed
    _end(tx, changed, UNKNOWN if changed.doubtful else DELIVERED, now, platform_id)
    return None


def reword(tx: Connection, delivery: Delivery, part: Part) -> Delivery | None:
    """Say the next part otherwise; it is still being called for."""
    parts = (*delivery.parts[: delivery.sent], part, *delivery.parts[delivery.sent + 1 :])
    changed = _change(tx, delivery, parts=[to_json(each) for each in parts])
    return changed and replace(changed, parts=parts)


def refused(tx: Connection, delivery: Delivery) -> None:
    """The next part was not sent, and is to be called for again later."""
    _change(tx, delivery, calls=REFUSED)


def closed(tx: Connection, delivery: Delivery, called_at: datetime, now: datetime) -> None:
    """The platform takes nothing more: the rest waits until the citizen does something."""
    if _change(tx, delivery, calls=NEW) is None:
        return
    windows.close(tx, delivery.conversation, called_at)
    if not hold(tx, delivery.conversation, now):
        _mark(tx, delivery, PENDING)


def drop(tx: Connection, delivery: Delivery, now: datetime) -> None:
    """The delivery will never be taken."""
    if _change(tx, delivery, calls=REFUSED) is not None:
        _end(tx, delivery, FAILED, now, None)


def hold(tx: Connection, conversation: str, now: datetime) -> bool:
    """Keep all that the citizen is to be told until the citizen does something, if the window is closed."""
    if windows.left(tx, conversation, now, lock=True) != 0:
        return False
    ours = or_(rows.state == PENDING, and_(rows.state == SENDING, or_(rows.via == API, outbox.free(now))))
    tx.execute(update(outbox.outbox).where(rows.conversation == conversation, ours).values(state=HELD))
    return True


def held(tx: Connection, channel: str) -> int:
    """How many replies of a channel wait until their citizen does something."""
    query = select(func.count()).select_from(outbox.outbox).where(rows.state == HELD, rows.channel == channel)
    return int(tx.execute(query).scalar_one())


def expire(tx: Connection, channel: str, now: datetime) -> int:
    """Give up what could not be sent for KEPT; returns how many replies."""
    old = select(deliveries.c.replies).where(deliveries.c.channel == channel, deliveries.c.created_at < now - KEPT)
    ids = [reply for replies in tx.execute(old).scalars() for reply in replies]
    tx.execute(delete(deliveries).where(deliveries.c.channel == channel, deliveries.c.created_at < now - KEPT))
    news = and_(rows.id.in_(ids), rows.state.in_(OPEN), outbox.is_news(now))
    again = case((rows.state == HELD, HELD), else_=PENDING)
    tx.execute(update(outbox.outbox).where(news).values(state=again, via=None))
    late = and_(rows.state.in_((PENDING, HELD)), rows.via.is_distinct_from(API), rows.created_at < now - KEPT)
    given_up = and_(or_(and_(rows.id.in_(ids), rows.state.in_(OPEN)), late), not_(outbox.is_news(now)))
    gone = update(outbox.outbox).where(rows.channel == channel, given_up)
    return int(tx.execute(gone.values(state=FAILED)).rowcount)


def _change(tx: Connection, delivery: Delivery, **values: Any) -> Delivery | None:
    """Change the row, unless another process has gone on with it."""
    as_known = and_(
        deliveries.c.conversation == delivery.conversation,
        deliveries.c.key == delivery.key,
        deliveries.c.sent == delivery.sent,
        deliveries.c.calls == delivery.calls,
    )
    if not tx.execute(update(deliveries).where(as_known).values(values)).rowcount:
        return None
    return replace(delivery, **{name: value for name, value in values.items() if name != "parts"})


def _mark(tx: Connection, delivery: Delivery, state: str) -> None:
    mine = and_(rows.id.in_(delivery.replies), rows.state.in_(OPEN))
    tx.execute(update(outbox.outbox).where(mine).values(state=state))


def _end(tx: Connection, delivery: Delivery, state: str, now: datetime, platform_id: str | None) -> None:
    values = {"state": state, "platform_id": platform_id, "delivered_at": None if state == FAILED else now}
    mine = and_(rows.id.in_(delivery.replies), rows.state.in_(OPEN))
    tx.execute(update(outbox.outbox).where(mine).values(values))
    tx.execute(delete(deliveries).where(deliveries.c.conversation == delivery.conversation))
