"""The conversations with people and the bad ratings behind a figure of the desk; whose they are, nobody is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.engine import Connection

from desk.figures import times
from desk.handover import WITH_AGENT, WRAP_UP
from desk.hours import Hours
from desk.part import WHOLE, Part
from desk.satisfaction import TASKS, how, of_tasks
from desk.tables import handover_spans, handovers, ratings, tasks

WORKED = (WITH_AGENT, WRAP_UP)


@dataclass(frozen=True)
class Talk:
    """One conversation with a person; times in seconds of open desk, `account` who had it last."""

    id: int
    opened_at: datetime
    channel: str
    region: str | None
    department: str
    question: str
    topic: str
    account: str | None
    wait: float | None
    first_reply: float | None
    score: int | None


@dataclass(frozen=True)
class Complaint:
    """One bad rating, of a person or the robot, and what became of it."""

    id: int
    opened_at: datetime
    channel: str
    department: str
    of_person: bool
    score: int | None
    comment: str
    due_at: datetime | None
    how: str
    """in_time, late, open, overdue"""


def talks(
    tx: Connection,
    since: datetime,
    until: datetime,
    hours: Hours,
    part: Part = WHOLE,
    *,
    account: str | None = None,
    left: bool = False,
    scores: Collection[int] = (),
    before: int | None = None,
    most: int = 50,
) -> list[Talk]:
    """The conversations asked for between the two instants, newest first.

    Args:
        account: those that this agent took in that time, whenever they were asked for.
        left: those whose citizen went before anybody had taken them.
        scores: those that were rated so in that time, whenever they were asked for, and the agent's where one is named.
        before: the id at which the page before ended.
    """
    where: list[Any] = part.of_handovers()
    if scores:
        where += [ratings.c.rated_at >= since, ratings.c.rated_at < until, ratings.c.score.in_(scores)]
        where += [ratings.c.account == account] if account is not None else []
    elif account is not None:
        where.append(_taken_by(account, since, until))
    else:
        where += [handovers.c.opened_at >= since, handovers.c.opened_at < until]
    if left:
        where += [handovers.c.withdrawn.is_not(None), ~_worked()]
    if before is not None:
        where.append(handovers.c.id < before)
    joined = handovers.outerjoin(ratings, ratings.c.handover == handovers.c.id)
    query = select(handovers, ratings.c.score).select_from(joined).where(*where)
    rows = tx.execute(query.order_by(handovers.c.id.desc()).limit(most)).all()
    return [_talk(tx, row, hours) for row in rows]


def complaints(
    tx: Connection,
    since: datetime,
    until: datetime,
    now: datetime,
    part: Part = WHOLE,
    *,
    which: str = "",
    before: int | None = None,
    most: int = 50,
) -> list[Complaint]:
    """The bad ratings into which it was begun to look between the two instants, newest first.

    Args:
        which: in_time, late, overdue, or open, overdue or not; all where it is empty.
        before: as in `talks`.
    """
    query = select(tasks).select_from(TASKS).where(*of_tasks(since, until, part))
    query = query.where(tasks.c.id < before) if before is not None else query
    found: list[Complaint] = []
    for row in tx.execute(query.order_by(tasks.c.id.desc())):
        came = how(row.state, row.due_at, row.done_at, now)
        if which in ("", came) or (which == "open" and came == "overdue"):
            found.append(_complaint(row, came))
        if len(found) == most:
            break
    return found


def _talk(tx: Connection, row: Any, hours: Hours) -> Talk:
    mine = select(handover_spans.c.state, handover_spans.c.since, handover_spans.c.until)
    spans = tx.execute(mine.where(handover_spans.c.handover == row.id).order_by(handover_spans.c.id)).all()
    took = times(row.opened_at, row.first_reply_at, [(one.state, one.since, one.until) for one in spans], hours)
    return Talk(
        id=row.id,
        opened_at=row.opened_at,
        channel=row.channel,
        region=row.region,
        department=row.department,
        question=row.question,
        topic=row.topic_title or "",
        account=row.assigned_to,
        wait=took.wait,
        first_reply=took.first_reply,
        score=row.score,
    )


def _complaint(row: Any, came: str) -> Complaint:
    return Complaint(
        id=row.id,
        opened_at=row.opened_at,
        channel=row.channel or "",
        department=row.department,
        of_person=row.handover is not None,
        score=row.detail.get("score"),
        comment=str(row.detail.get("comment") or ""),
        due_at=row.due_at,
        how=came,
    )


def _worked() -> Any:
    return exists().where(handover_spans.c.handover == handovers.c.id, handover_spans.c.state.in_(WORKED))


def _taken_by(account: str, since: datetime, until: datetime) -> Any:
    return exists().where(
        handover_spans.c.handover == handovers.c.id,
        handover_spans.c.account == account,
        handover_spans.c.state.in_(WORKED),
        handover_spans.c.until.is_not(None),
        handover_spans.c.since >= since,
        handover_spans.c.since < until,
    )
