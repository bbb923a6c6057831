"""Those who wait and are not there any more, or whom their channel takes no message for: they leave the queue.

Nobody is forgotten: the reason is kept, and where there is a way to reach them it becomes a task. Who left a
number is called; who left none, and is out of reach of messages, may have subscribed to a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from desk import tasks
from desk.handover import OPEN, WAITING, Handover, get, of_row
from desk.handovers import withdraw
from desk.priority import NO_LIMIT, Windows
from desk.tables import handovers
from desk.tasks import CALLBACK, PHONE, SUBSCRIPTION, NewTask

GONE, SHUT, UNSUBSCRIBED, BACK = "gone", "window", "unsubscribed", "back"
"""Why somebody left: not there any more; the channel takes no message; unsubscribed; went back to the robot."""

AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Left:
    """Who left, and the task that takes care of them, if any."""

    handover: Handover
    task: int | None


def left(tx: Connection, id: int, now: datetime, why: str, due_at: datetime) -> Left:
    """One citizen leaves, waiting or with an agent; what they asked is taken care of where that is possible."""
    found = withdraw(tx, id, now, why)
    return Left(found, _follow_up(tx, found, why, due_at, now))


def drop_gone(
    tx: Connection, now: datetime, silent: timedelta, channels: Collection[str], due_at: datetime
) -> list[Left]:
    """Those of channels with a presence (the web chat) who waited and showed no sign of life for so long.

    On other channels silence is patience: there one leaves by unsubscribing, or when the window shuts.
    """
    since = now - silent
    query = select(handovers.c.id).where(handovers.c.state == WAITING, handovers.c.channel.in_(channels))
    ids = tx.execute(query.where(handovers.c.seen_at < since).order_by(handovers.c.conversation)).scalars().all()
    return _drop(tx, ids, now, GONE, due_at, lambda one: one.seen_at < since)


def set_right(tx: Connection, now: datetime) -> int:
    """Take for seen now who was seen at a time to come: the clock was ahead then, and they would never be gone."""
    ahead = handovers.c.state.in_(OPEN) & (handovers.c.seen_at > now + AHEAD)
    return int(tx.execute(update(handovers).where(ahead).values(seen_at=now)).rowcount)


def drop_unreachable(tx: Connection, now: datetime, windows: Windows, due_at: datetime) -> list[Left]:
    """Those who waited and to whom their channel lets us send nothing any more."""
    query = select(handovers).where(handovers.c.state == WAITING).order_by(handovers.c.conversation)
    found = [of_row(row) for row in tx.execute(query).mappings()]
    ids = [one.id for one in found if windows.get(one.conversation, NO_LIMIT).shut]
    return _drop(tx, ids, now, SHUT, due_at, lambda one: True)


def _drop(
    tx: Connection,
    ids: Iterable[int],
    now: datetime,
    why: str,
    due_at: datetime,
    still: Callable[[Handover], bool],
) -> list[Left]:
    locked = [get(tx, id, lock=True) for id in ids]
    return [left(tx, one.id, now, why, due_at) for one in locked if one.state == WAITING and still(one)]


def _follow_up(tx: Connection, found: Handover, why: str, due_at: datetime, now: datetime) -> int | None:
    """Open the task that takes care of somebody, once for each handover; None where there is no way to reach them."""
    if why == BACK or (why != SHUT and found.contact is None):
        return None
    new = NewTask(
        kind=CALLBACK if why != SHUT else PHONE if found.contact else SUBSCRIPTION,
        source=f"left:{found.id}",
        title=found.topic_title or found.question,
        department=found.department,
        due_at=due_at,
        conversation=found.conversation,
        channel=found.channel,
        handover=found.id,
        contact=found.contact,
        detail={"why": why, "question": found.question},
    )
    return tasks.open_task(tx, new, now).id
