"""Conversations change hands: an agent takes one, a supervisor assigns one, one is passed on or given back.

Locks are taken in one order everywhere: the agent, then the conversation, then the audit log.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk import presence
from desk.errors import Absent, DeskError, Full, NotFound, Unskilled
from desk.handover import OPEN, SYSTEM, WAITING, WITH_AGENT, Handover, get, held, move, refusal
from desk.presence import Agent
from desk.priority import Windows
from desk.queue import may_take, waiting
from desk.tables import handovers
from foundation import audit


def take(tx: Connection, id: int, account: str, now: datetime) -> Handover:
    """Take a conversation that waits. Exactly one of many who try has it.

    Raises:
        Taken: another has it; names who.
        WrongState: it waits no longer.
        Full: this agent has as many as fit.
        Unskilled: its department is another one, somebody of which is there.
    """
    mine = _with_room(presence.agent(tx, account, now, lock=True))
    found = get(tx, id, lock=True)
    if found.state != WAITING:
        raise refusal(tx, found)
    if not may_take(mine, found.department, presence.available(tx, now)):
        raise Unskilled("handover.unskilled", department=found.department)
    return give(tx, found, account, account, now, "take")


def take_next(tx: Connection, account: str, now: datetime, windows: Windows | None = None) -> Handover | None:
    """Take the first in the queue whom this agent may take; None when there is none. Raises Full."""
    _with_room(presence.agent(tx, account, now, lock=True))
    for one in waiting(tx, now, windows, account):
        try:
            found = get(tx, one.id, lock="skip")
        except NotFound:  # another is taking it at this moment
            continue
        if found.state == WAITING:
            return give(tx, found, account, account, now, "take")
    return None


def assign(tx: Connection, id: int, to: str, by: str, now: datetime, version: int | None = None) -> Handover:
    """A supervisor gives a conversation to an agent who is there, full or not; or steps in, to themselves.

    Args:
        version: the one that the supervisor saw; needed where an agent has it already.

    Raises:
        Taken: it is with an agent by now; names whom.
        WrongState: it is over.
        Absent: that agent is not there.
    """
    target = presence.agent(tx, to, now, lock=True)
    if to != by and not target.present:
        raise Absent("handover.absent", name=target.name)
    found = get(tx, id, lock=True)
    if found.state not in OPEN or (version is None and found.state == WITH_AGENT):
        raise refusal(tx, found)
    if version is not None and found.version != version:
        raise refusal(tx, found, changed=True)
    return give(tx, found, to, by, now, "assign")


def transfer(
    tx: Connection, id: int, by: str, now: datetime, to: str | None = None, department: str | None = None
) -> Handover:
    """Pass one's conversation on: to a colleague who is there and has room, or to a department, where it waits again.

    Raises:
        NotYours: another has it.
        Absent, Full: the colleague.
        DeskError: neither is named.
    """
    if to is not None:
        target = presence.agent(tx, to, now, lock=True)
        if not target.takes:
            raise Absent("handover.absent", name=target.name)
        _with_room(target)
        return give(tx, held(tx, id, by, WITH_AGENT), to, by, now, "transfer")
    if department is None:
        raise DeskError("handover.no_target")
    found = held(tx, id, by, WITH_AGENT)
    return _back(tx, found, by, now, "transfer", department)


def give_back(tx: Connection, now: datetime, away: timedelta) -> list[Handover]:
    """Let wait in the queue again who waits for a word of an agent that has been away for so long."""
    long_ago = now - away
    there = [
        one.account for one in presence.everyone(tx, now) if one.seen_at is not None and abs(now - one.seen_at) <= away
    ]
    waits = (handovers.c.last_citizen_at < long_ago) & (handovers.c.assigned_at < long_ago)
    query = select(handovers.c.id).where(handovers.c.state == WITH_AGENT, handovers.c.assigned_to.not_in(there), waits)
    ids = tx.execute(query.order_by(handovers.c.conversation)).scalars().all()
    locked = [get(tx, id, lock=True) for id in ids]
    left = [one for one in locked if one.state == WITH_AGENT and one.assigned_to not in there and one.owes_a_reply]
    return [_back(tx, one, SYSTEM, now, "away", one.department) for one in left]


def _with_room(agent: Agent) -> Agent:
    if not agent.free:
        raise Full("handover.full", name=agent.name, load=agent.load, capacity=agent.capacity)
    return agent


def give(tx: Connection, found: Handover, to: str, by: str, now: datetime, why: str) -> Handover:
    """Put a conversation, as it was just read, into an agent's hands."""
    moved = move(tx, found, WITH_AGENT, now, by, why, assigned_to=to, assigned_at=now)
    detail = {"from": found.assigned_to, "to": to}
    audit.record(tx, by, f"desk.{why}", f"handover:{found.id}", detail, now)
    return moved


def _back(tx: Connection, found: Handover, by: str, now: datetime, why: str, department: str) -> Handover:
    moved = move(tx, found, WAITING, now, by, why, assigned_to=None, assigned_at=None, department=department)
    detail = {"from": found.assigned_to, "department": department}
    audit.record(tx, by, f"desk.{why}", f"handover:{found.id}", detail, now)
    return moved
