"""Conversations and tasks as lists of the agents' page show them. No query is made here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from channels.windows import Rest
from console.desk_words import channel_name, named, region_name, tags, window
from desk.handovers import WITH_AGENT, Handover
from desk.presence import Agent
from desk.priority import Window
from desk.queue import may_take
from desk.tasks import Task

Row = dict[str, Any]
Rests = Mapping[str, Rest]
SHOWN = 120
"""Characters of a question in a list."""


def handover_row(
    found: Handover, rests: Rests, names: Mapping[str, str], now: datetime, undelivered: bool = False
) -> Row:
    """A conversation in a list; times as ISO 8601. `undelivered`: something an agent wrote did not arrive."""
    return {
        "id": found.id,
        "state": found.state,
        "version": found.version,
        "channel": channel_name(found.channel),
        "department": found.department,
        "region": region_name(found.region),
        "topic": found.topic or found.topic_title or "",
        "question": found.question[:SHOWN],
        "tags": tags(found, undelivered),
        "window": window(rests.get(found.conversation), now),
        "opened_at": found.opened_at.isoformat(),
        "last_citizen_at": found.last_citizen_at.isoformat(),
        "closed_at": found.closed_at.isoformat() if found.closed_at else None,
        "owes": found.state == WITH_AGENT and found.owes_a_reply,
        "assigned_to": found.assigned_to,
        "assigned_name": names.get(found.assigned_to or "", found.assigned_to),
        "outcome": named("outcomes", found.outcome) if found.outcome else None,
        "withdrawn": found.withdrawn,
    }


def waiting_rows(
    found: Iterable[Handover],
    me: Agent,
    there: Collection[Agent],
    rests: Rests,
    names: Mapping[str, str],
    now: datetime,
) -> list[Row]:
    """The queue in its order; `takeable` says whether this agent may have it."""
    agents = list(there)
    return [{**handover_row(one, rests, names, now), "takeable": may_take(me, one.department, agents)} for one in found]


def task_row(task: Task, names: Mapping[str, str], now: datetime) -> Row:
    return {
        "id": task.id,
        "kind": task.kind,
        "kind_name": named("kinds", task.kind),
        "state": task.state,
        "state_name": named("task_states", task.state),
        "title": task.title,
        "department": task.department,
        "channel": channel_name(task.channel) if task.channel else "",
        "opened_at": task.opened_at.isoformat(),
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "overdue": task.overdue(now),
        "taken_by": task.taken_by,
        "taken_name": names.get(task.taken_by or "", task.taken_by),
        "outcome": named("task_outcomes", task.outcome) if task.outcome else None,
    }


def agent_row(agent: Agent) -> Row:
    return {
        "account": agent.account,
        "name": agent.name,
        "departments": list(agent.departments),
        "present": agent.present,
        "takes": agent.takes,
        "available": agent.available,
        "capacity": agent.capacity,
        "load": agent.load,
    }


def desk_windows(rests: Rests, now: datetime) -> dict[str, Window]:
    """The same windows as the desk's queue counts them."""
    return {name: Window((one.until - now).total_seconds() / 60, one.messages) for name, one in rests.items()}
