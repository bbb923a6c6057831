"""咨询满意度, from 1 (非常不满意) to 5 (非常满意): voluntary, once for each thing rated.

Within a day one may think again. It is 好差评 only where the item's and the application's codes are known: then it is
kept with them, to be passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk import changes, tasks
from desk.errors import Malformed
from desk.handovers import of_conversation
from desk.tables import ratings
from desk.tables import tasks as task_rows
from desk.tasks import BAD_RATING, NewTask
from foundation.clock import CHINA

SCORES = range(1, 6)
BAD = 2
"""This score or a lower one is looked into."""
SECOND_THOUGHTS = timedelta(days=1)
CHANGED = "changed"
"""Outcome of the task when a citizen thought better of a bad rating."""


@dataclass(frozen=True)
class NewRating:
    """`subject` is what is rated where it is no handover; by default, what the robot said that day.

    `comment` is masked; `contact` a token of the vault, where the citizen wants to be called.
    """

    conversation: str
    channel: str
    score: int
    handover: int | None = None
    subject: str = ""
    comment: str = ""
    contact: str | None = None
    item_code: str | None = None
    application_code: str | None = None
    title: str = ""


@dataclass(frozen=True)
class Rating:
    id: int
    conversation: str
    channel: str
    subject: str
    handover: int | None
    account: str | None
    department: str
    score: int
    comment: str
    item_code: str | None
    application_code: str | None
    forward: bool
    rated_at: datetime
    changed_at: datetime
    changes: int
    """How often it turned from bad to good, or back."""


@dataclass(frozen=True)
class Rated:
    """`accepted`: False when it came too late to replace the one before, which stands. `task`: what looks into it."""

    rating: Rating
    accepted: bool
    task: int | None = None

    @property
    def bad(self) -> bool:
        return self.rating.score <= BAD


def rate(tx: Connection, new: NewRating, due_at: datetime, now: datetime) -> Rated:
    """Keep a rating, or replace the one of the same subject within a day; a bad one opens a task that is due then.

    Raises:
        Malformed: the score.
    """
    if new.score not in SCORES:
        raise Malformed("form.score")
    subject = new.subject or f"robot:{now.astimezone(CHINA).date()}"
    if new.handover is not None:
        subject = f"handover:{new.handover}"
    known = of_subject(tx, new.conversation, subject, lock=True)
    if known is None:
        known = _insert(tx, new, subject, now)
    elif now - known.rated_at > SECOND_THOUGHTS:
        return Rated(known, accepted=False)
    elif known.score != new.score or (new.comment and known.comment != new.comment):
        known = _replace(tx, known, new, now)
    changes.touch(tx, changes.RATINGS)
    return Rated(known, accepted=True, task=_look_into(tx, known, new, due_at, now))


def of_subject(tx: Connection, conversation: str, subject: str, lock: bool = False) -> Rating | None:
    same = (ratings.c.conversation == conversation) & (ratings.c.subject == subject)
    query = select(ratings).where(same)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else Rating(**row)


def add_contact(tx: Connection, rating: Rating, contact: str, now: datetime) -> bool:
    """The citizen wants to be called about a bad rating; whether there is a task for it."""
    mine = (task_rows.c.source == _source(rating)) & (task_rows.c.state != tasks.DONE)
    found = bool(tx.execute(update(task_rows).where(mine).values(contact=contact)).rowcount)
    if found:
        changes.touch(tx, changes.TASKS)
    return found


def to_forward(tx: Connection, since: datetime) -> list[Rating]:
    """Those that may be passed on as 好差评, given or changed since then."""
    query = select(ratings).where(ratings.c.forward.is_(True), ratings.c.changed_at >= since).order_by(ratings.c.id)
    return [Rating(**row) for row in tx.execute(query).mappings()]


def _insert(tx: Connection, new: NewRating, subject: str, now: datetime) -> Rating:
    rated = next((one for one in of_conversation(tx, new.conversation) if one.id == new.handover), None)
    values: dict[str, Any] = {
        "conversation": new.conversation,
        "channel": new.channel,
        "subject": subject,
        "handover": rated.id if rated else None,
        "account": rated.assigned_to if rated else None,
        "department": rated.department if rated else "",
        "score": new.score,
        "comment": new.comment,
        "item_code": new.item_code,
        "application_code": new.application_code,
        "forward": bool(new.item_code and new.application_code),
        "rated_at": now,
        "changed_at": now,
        "changes": 0,
    }
    try:
        with tx.begin_nested():
            tx.execute(insert(ratings).values(values))
    except IntegrityError:  # another process was first; a conversation's messages come one by one
        pass
    kept = of_subject(tx, new.conversation, subject)
    assert kept is not None
    return kept


def _replace(tx: Connection, known: Rating, new: NewRating, now: datetime) -> Rating:
    values = {
        "score": new.score,
        "comment": new.comment or known.comment,
        "changed_at": now,
        "changes": known.changes + ((known.score <= BAD) != (new.score <= BAD)),
    }
    tx.execute(update(ratings).where(ratings.c.id == known.id).values(values))
    if known.score <= BAD < new.score:
        tasks.settle(tx, _source(known), CHANGED, now)
    kept = of_subject(tx, known.conversation, known.subject)
    assert kept is not None
    return kept


def _look_into(tx: Connection, rating: Rating, new: NewRating, due_at: datetime, now: datetime) -> int | None:
    if rating.score > BAD:
        return None
    task = NewTask(
        kind=BAD_RATING,
        source=_source(rating),
        title=new.title,
        department=rating.department,
        due_at=due_at,
        conversation=rating.conversation,
        channel=rating.channel,
        handover=rating.handover,
        contact=new.contact,
        detail={"score": rating.score, "comment": rating.comment, "account": rating.account},
    )
    return tasks.open_task(tx, task, now).id


def _source(rating: Rating) -> str:
    return f"rating:{rating.id}:{rating.changes}"
