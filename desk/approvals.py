"""Answers that a person confirms or corrects before they are sent, within a time limit; for marked items only.

waiting ─┬─ confirmed ── the robot's answer is sent, unless what it rests on holds no longer
         ├─ corrected ── the person's is sent
         └─ late: the citizen was told honestly; it may still be confirmed or corrected, once
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from desk import changes, speech, tasks
from desk.errors import Malformed, NotFound, WrongState
from desk.handover import name_of
from desk.tables import approvals
from foundation import audit
from foundation.dialogue import PERSON

WAITING, CONFIRMED, CORRECTED = "waiting", "confirmed", "corrected"
SILENCED, REMOVED = "approval.silenced", "approval.removed"
EXPIRED, CHANGED = "approval.expired", "approval.changed"
"""Why an answer cannot be sent as it was worded: by now a supervisor has the robot silent on it; what it rests on is
not published any more, is out of force, says something else. Keys of errors.yml, which tells what to do instead."""


@dataclass(frozen=True)
class NewApproval:
    """`body` is the reply as the robot would send it; `source` says where from, as `turn:88`, once."""

    conversation: str
    channel: str
    source: str
    question: str
    body: dict[str, Any]
    department: str = ""
    title: str = ""


@dataclass(frozen=True)
class Approval:
    id: int
    conversation: str
    channel: str
    source: str
    department: str
    question: str
    body: dict[str, Any]
    state: str
    opened_at: datetime
    due_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    told_at: datetime | None
    outbox_id: int | None


def ask(tx: Connection, new: NewApproval, due_at: datetime, now: datetime) -> Approval:
    """Let an answer wait for a person; one from the same source stays as it is. It is a task, too, due then."""
    if (known := _of_source(tx, new.source)) is not None:
        return known
    values = {key: value for key, value in vars(new).items() if key != "title"}
    try:
        with tx.begin_nested():
            tx.execute(insert(approvals).values(**values, state=WAITING, opened_at=now, due_at=due_at))
    except IntegrityError:  # another process was first
        pass
    asked = _of_source(tx, new.source)
    assert asked is not None
    task = tasks.NewTask(
        tasks.APPROVAL,
        _task(asked),
        new.title or new.question,
        new.department,
        due_at,
        new.conversation,
        new.channel,
        detail={"approval": asked.id, "question": new.question},
    )
    tasks.open_task(tx, task, now)
    changes.touch(tx, changes.APPROVALS)
    return asked


def confirm(tx: Connection, id: int, account: str, now: datetime, doubt: str | None = None) -> Approval:
    """Send the robot's answer as it is.

    Args:
        doubt: why it does not hold any more, which the caller knows who knows the content; None: it still does.

    Raises:
        WrongState: somebody has decided already, or there is a doubt.
    """
    found = _undecided(tx, id)
    if doubt is not None:
        raise WrongState(doubt)
    return _decide(tx, found, CONFIRMED, account, found.body, now)


def correct(tx: Connection, id: int, account: str, text: str, now: datetime, record: str | None = None) -> Approval:
    """Send another answer in its place, as the person's own.

    Args:
        record: number of the answer record, which the caller writes.

    Raises:
        WrongState: somebody has decided already.
        Malformed: there is no text.
    """
    if not text.strip():
        raise Malformed("approval.empty")
    found = _undecided(tx, id)
    custom = {"answer": {"record": record}} if record else {}
    body = {"text": text, "by": PERSON, "name": name_of(tx, account), "custom": custom}
    return _decide(tx, found, CORRECTED, account, body, now, record)


def expired(tx: Connection, now: datetime) -> list[Approval]:
    """Those whose time has run out and whose citizen does not know yet, in the order of their conversations."""
    late = (approvals.c.state == WAITING) & approvals.c.told_at.is_(None) & (approvals.c.due_at <= now)
    query = select(approvals).where(late).order_by(approvals.c.conversation, approvals.c.id)
    return [Approval(**row) for row in tx.execute(query).mappings()]


def tell_late(tx: Connection, id: int, body: dict[str, Any], now: datetime) -> bool:
    """Tell the citizen that nobody has looked yet, once; False when somebody has, or they know already."""
    late = (approvals.c.id == id) & (approvals.c.state == WAITING) & approvals.c.told_at.is_(None)
    if tx.execute(update(approvals).where(late).values(told_at=now)).rowcount != 1:
        return False
    found = get(tx, id)
    speech.outgoing(tx, found.conversation, found.channel, body, now)
    changes.touch(tx, changes.APPROVALS)
    return True


def open_ones(tx: Connection) -> list[Approval]:
    """Those that nobody has decided, the most pressing first."""
    query = select(approvals).where(approvals.c.state == WAITING).order_by(approvals.c.due_at, approvals.c.id)
    return [Approval(**row) for row in tx.execute(query).mappings()]


def get(tx: Connection, id: int, lock: bool = False) -> Approval:
    """Raises NotFound."""
    query = select(approvals).where(approvals.c.id == id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("not_found.approval")
    return Approval(**row)


def task_of(tx: Connection, id: int) -> tasks.Task:
    """The task that an answer is. Raises NotFound: there is no such answer, or it was erased."""
    found = tasks.of_source(tx, _task(get(tx, id)))
    if found is None:
        raise NotFound("not_found.approval")
    return found


def _undecided(tx: Connection, id: int) -> Approval:
    found = get(tx, id, lock=True)
    if found.state != WAITING:
        raise WrongState("approval.decided", name=name_of(tx, found.decided_by))
    return found


def _decide(
    tx: Connection,
    found: Approval,
    state: str,
    account: str,
    body: dict[str, Any],
    now: datetime,
    record: str | None = None,
) -> Approval:
    row = speech.outgoing(tx, found.conversation, found.channel, body, now, account, record)
    decided = {"state": state, "decided_by": account, "decided_at": now, "outbox_id": row}
    tx.execute(update(approvals).where(approvals.c.id == found.id).values(decided))
    tasks.settle(tx, _task(found), state, now)
    audit.record(tx, account, f"desk.{state}", f"approval:{found.id}", {"outbox": row}, now)
    changes.touch(tx, changes.APPROVALS)
    return get(tx, found.id)


def _of_source(tx: Connection, source: str) -> Approval | None:
    row = tx.execute(select(approvals).where(approvals.c.source == source)).mappings().first()
    return None if row is None else Approval(**row)


def _task(approval: Approval) -> str:
    return f"approval:{approval.id}"
