"""待办: what is left to do after a conversation, or beside it. Each is opened once, taken by one, and done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk import changes
from desk.errors import DeskError, Malformed, NotFound, NotYours, Taken, WrongState
from desk.handover import name_of
from desk.tables import tasks
from foundation import audit

OPEN, TAKEN, DONE = "open", "taken", "done"
CALLBACK, BAD_RATING, CORRECTION, PHONE = "callback", "bad_rating", "correction", "phone"
SUBSCRIPTION, EDITOR, APPROVAL, HELD_UP = "subscription", "editor", "approval", "held_up"
AT_THE_DESK = (CALLBACK, BAD_RATING, CORRECTION, PHONE, SUBSCRIPTION, EDITOR, APPROVAL)
"""Call back who asked for it; look into a bad rating, or into 你说错了; answer by phone, or by a subscribed notice,
whom a channel takes no message for; put something into the knowledge base; confirm an answer."""
KINDS = (*AT_THE_DESK, HELD_UP)
"""Besides, for editors alone: content that could not be published on the day for which it was scheduled."""
SYSTEM = "system"
MOST_AT_HAND, MOST_OWN = 100, 1000
"""Tasks in the list of somebody at the desk: of those that may be taken, and of their own."""


@dataclass(frozen=True)
class NewTask:
    """What to open. `source` says where from, as `rating:7`: what comes from there a second time is the same task.

    `detail` is plain JSON with masked text only; `contact` a token of the vault; `due_at` in working time, by
    `Hours.after`.
    """

    kind: str
    source: str
    title: str
    department: str = ""
    due_at: datetime | None = None
    conversation: str | None = None
    channel: str | None = None
    handover: int | None = None
    contact: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    id: int
    kind: str
    state: str
    department: str
    title: str
    detail: dict[str, Any]
    conversation: str | None
    channel: str | None
    handover: int | None
    contact: str | None
    source: str
    opened_at: datetime
    opened_by: str
    due_at: datetime | None
    taken_by: str | None
    taken_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    remark: str

    def overdue(self, now: datetime) -> bool:
        return self.state != DONE and self.due_at is not None and self.due_at < now


def open_task(tx: Connection, new: NewTask, now: datetime, by: str = SYSTEM) -> Task:
    """Open a task; one from the same source stays as it is. `by` is an account's name, or the system."""
    if (known := of_source(tx, new.source)) is not None:
        return known
    values = {**vars(new), "detail": dict(new.detail), "title": new.title[:200], "department": new.department[:80]}
    try:
        with tx.begin_nested():
            row = {**values, "state": OPEN, "opened_at": now, "opened_by": by, "remark": ""}
            tx.execute(insert(tasks).values(row))
    except IntegrityError:  # another process was first
        if (known := of_source(tx, new.source)) is None:
            raise
        return known
    opened = of_source(tx, new.source)
    assert opened is not None
    if by != SYSTEM:
        audit.record(tx, by, "desk.task", f"task:{opened.id}", {"kind": new.kind}, now)
    changes.touch(tx, changes.TASKS)
    return opened


def take(tx: Connection, id: int, account: str, now: datetime) -> Task:
    """Take a task, or keep it. Raises Taken: another has it. WrongState: it is done."""
    found = get(tx, id, lock=True)
    if found.state == TAKEN and found.taken_by == account:
        return found
    if found.state != OPEN:
        raise _refusal(tx, found)
    return _set(tx, found, account, "task_take", now, state=TAKEN, taken_by=account, taken_at=now)


def release(tx: Connection, id: int, account: str, now: datetime) -> Task:
    """Give a task back. Raises NotYours, WrongState."""
    found = held(tx, id, account)
    return _set(tx, found, account, "task_release", now, state=OPEN, taken_by=None, taken_at=None)


def assign(tx: Connection, id: int, to: str, by: str, now: datetime, had: str | None = None) -> Task:
    """A supervisor gives a task to somebody.

    Args:
        had: who has it as far as the supervisor knows; None: nobody.

    Raises:
        Taken: another has it by now.
        WrongState: it is done.
    """
    found = get(tx, id, lock=True)
    if found.state == DONE or found.taken_by not in (None, had):
        raise _refusal(tx, found)
    return _set(tx, found, by, "task_assign", now, state=TAKEN, taken_by=to, taken_at=now)


def done(tx: Connection, id: int, account: str, outcome: str, now: datetime, remark: str = "") -> Task:
    """Finish a task with what came of it. `remark` holds no identifiers. Raises NotYours, WrongState, Malformed."""
    if not outcome.strip():
        raise Malformed("task.no_outcome")
    found = held(tx, id, account)
    return _set(
        tx, found, account, "task_done", now, state=DONE, done_at=now, outcome=outcome.strip()[:40], remark=remark
    )


def settle(tx: Connection, source: str, outcome: str, now: datetime) -> bool:
    """A task has become needless by what happened elsewhere, unless somebody is at it; whether it was so."""
    mine = and_(tasks.c.source == source, tasks.c.state == OPEN)
    settled = tx.execute(update(tasks).where(mine).values(state=DONE, done_at=now, outcome=outcome)).rowcount == 1
    if settled:
        changes.touch(tx, changes.TASKS)
    return settled


def get(tx: Connection, id: int, lock: bool = False) -> Task:
    """The task with this id. Raises NotFound."""
    query = select(tasks).where(tasks.c.id == id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("not_found.task")
    return Task(**row)


def held(tx: Connection, id: int, account: str) -> Task:
    """The task, locked, that this agent has. Raises NotFound, NotYours, WrongState."""
    found = get(tx, id, lock=True)
    if found.state != TAKEN:
        raise _refusal(tx, found)
    if found.taken_by != account:
        raise NotYours("task.taken", name=name_of(tx, found.taken_by))
    return found


def of_source(tx: Connection, source: str) -> Task | None:
    row = tx.execute(select(tasks).where(tasks.c.source == source)).mappings().first()
    return None if row is None else Task(**row)


def listing(
    tx: Connection,
    states: Sequence[str] = (OPEN, TAKEN),
    kinds: Sequence[str] | None = None,
    account: str | None = None,
    departments: Sequence[str] | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Task]:
    """Tasks: what is due first comes first, what is done newest first.

    Args:
        account: only those that this agent has.
        departments: only those of these departments or of none.
        before: of what is done, the id at which the previous page ended.
    """
    query = select(tasks).where(tasks.c.state.in_(states))
    if kinds is not None:
        query = query.where(tasks.c.kind.in_(kinds))
    if account is not None:
        query = query.where(tasks.c.taken_by == account)
    if departments is not None:
        query = query.where(or_(tasks.c.department == "", tasks.c.department.in_(departments)))
    if before is not None:
        query = query.where(tasks.c.id < before)
    order = [tasks.c.id.desc()] if tuple(states) == (DONE,) else [tasks.c.due_at.is_(None), tasks.c.due_at, tasks.c.id]
    return [Task(**row) for row in tx.execute(query.order_by(*order).limit(limit)).mappings()]


def at_hand(tx: Connection, account: str, departments: Sequence[str] | None, most: int = MOST_AT_HAND) -> list[Task]:
    """What somebody at the desk has to do, none of it left out, and what they may take; what is due first comes first.

    Args:
        departments: whose tasks they take, besides those of none; None: a supervisor, who sees what others have, too.
    """
    own = listing(tx, (TAKEN,), AT_THE_DESK, account=account, limit=MOST_OWN)
    states = (OPEN, TAKEN) if departments is None else (OPEN,)
    others = listing(tx, states, AT_THE_DESK, departments=departments, limit=most)
    found = {one.id: one for one in (*own, *others)}
    return sorted(found.values(), key=lambda one: (one.due_at.timestamp() if one.due_at else math.inf, one.id))


def overdue(tx: Connection, now: datetime) -> list[Task]:
    """What should have been done by now, longest overdue first."""
    late = and_(tasks.c.state != DONE, tasks.c.due_at < now)
    return [
        Task(**row) for row in tx.execute(select(tasks).where(late).order_by(tasks.c.due_at, tasks.c.id)).mappings()
    ]


def _set(tx: Connection, found: Task, by: str, action: str, now: datetime, **values: Any) -> Task:
    same = and_(tasks.c.id == found.id, tasks.c.state == found.state)
    if tx.execute(update(tasks).where(same).values(values)).rowcount != 1:
        raise _refusal(tx, get(tx, found.id))
    detail = {key: values[key] for key in ("taken_by", "outcome") if values.get(key)}
    audit.record(tx, by, f"desk.{action}", f"task:{found.id}", detail, now)
    changes.touch(tx, changes.TASKS)
    return get(tx, found.id)


def _refusal(tx: Connection, found: Task) -> DeskError:
    kind = Taken if found.state == TAKEN else WrongState
    return kind(f"task.{found.state}", name=name_of(tx, found.taken_by))
