"""What agents wrote and the channel did not take: held until the citizen writes again, or refused.

Whoever has the conversation sees it, and decides. Of what nobody has any more a task is made, so that nothing ends in
silence; it is settled when the message arrives after all.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, literal, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from desk import tasks
from desk.handover import CLOSED, WRAP_UP, get
from desk.leaving import SHUT
from desk.tables import agent_messages, handovers
from desk.tables import tasks as task_rows
from desk.tasks import PHONE, SUBSCRIPTION, SYSTEM, NewTask, Task
from foundation.outbox import DELIVERED, FAILED, HELD, outbox
from foundation.vault import Vault

LOOKED_BACK = timedelta(days=4)
"""A message is held for two days at most; what happened longer ago has been dealt with."""

_source = literal("handover:").concat(cast(agent_messages.c.handover, String)).concat(":").concat(agent_messages.c.key)


def source(handover: int, key: str) -> str:
    """Where the task for a message comes from: the same whether an agent opens it or the system."""
    return f"handover:{handover}:{key}"


def take_up(tx: Connection, vault: Vault, due_at: datetime, now: datetime) -> list[Task]:
    """Open a task for each message of a conversation that nobody has any more, once; returns those of now.

    Who left because the window shut has a task already, and beside it what was not delivered.
    """
    over = handovers.c.state.in_((WRAP_UP, CLOSED)) & handovers.c.withdrawn.is_distinct_from(SHUT)
    found = tx.execute(_lost(now).where(over).order_by(agent_messages.c.id)).mappings().all()
    opened = []
    for row in found:
        one = get(tx, row["handover"])
        text = vault.hide(tx, str(row["body"].get("text") or ""), one.conversation, now)
        new = NewTask(
            kind=PHONE if one.contact else SUBSCRIPTION,
            source=source(one.id, row["key"]),
            title=one.topic_title or one.question,
            department=one.department,
            due_at=due_at,
            conversation=one.conversation,
            channel=one.channel,
            handover=one.id,
            contact=one.contact,
            detail={"question": one.question, "text": text},
        )
        opened.append(tasks.open_task(tx, new, now))
    return opened


def settle(tx: Connection, now: datetime) -> None:
    """Tasks of the system's own that nobody has taken, and whose message has arrived, are needless."""
    waiting = (task_rows.c.state == tasks.OPEN) & (task_rows.c.opened_by == SYSTEM)
    sent = agent_messages.join(outbox, outbox.c.id == agent_messages.c.outbox_id)
    both = sent.join(task_rows, (task_rows.c.handover == agent_messages.c.handover) & (task_rows.c.source == _source))
    query = select(task_rows.c.source).select_from(both).where(waiting, outbox.c.state == DELIVERED)
    for needless in tx.execute(query).scalars().all():
        tasks.settle(tx, needless, "settled", now)


def pointed_out(tx: Connection, ids: Collection[int], now: datetime) -> set[int]:
    """Which of these handovers have a message that was not delivered and is no task either."""
    return set(tx.execute(_lost(now).where(agent_messages.c.handover.in_(ids))).scalars())


def _lost(now: datetime) -> Select:
    """Messages that were not delivered, of late, and have no task: of their own, or by an agent who knew of them."""
    columns: list[Any] = [agent_messages.c.handover, agent_messages.c.key, outbox.c.body]
    same = (agent_messages.c.conversation == outbox.c.conversation) & (agent_messages.c.outbox_id == outbox.c.id)
    joined = outbox.join(agent_messages, same).join(handovers, handovers.c.id == agent_messages.c.handover)
    lost = outbox.c.state.in_((HELD, FAILED)) & (outbox.c.created_at > now - LOOKED_BACK)
    by_an_agent = and_(
        task_rows.c.handover == agent_messages.c.handover,
        task_rows.c.kind.in_((PHONE, SUBSCRIPTION)),
        task_rows.c.opened_by != SYSTEM,
        task_rows.c.opened_at >= agent_messages.c.at,
    )
    known = select(task_rows.c.id).where(or_(task_rows.c.source == _source, by_an_agent)).exists()
    return select(*columns).select_from(joined).where(lost, ~known)
