"""Agents and waiting citizens for the tests of the help desk."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy.engine import Connection

from desk import handovers, presence
from desk.handovers import Handover, Request
from foundation import accounts

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
"""A Monday, ten in the morning at the office."""


def hire(tx: Connection, name: str, department: str = "", role: str = "agent", now: datetime = NOW) -> str:
    """An agent who sits at the desk; returns the account's name."""
    accounts.add(tx, name, None, [role], now, display_name=f"{name}的名字", department=department)
    presence.beat(tx, name, now)
    return name


def ask(tx: Connection, conversation: str, now: datetime = NOW, channel: str = "web", **facts: object) -> Handover:
    """Somebody who waits for a person."""
    request = Request(conversation, channel, **{"reason": "asked", **facts})  # type: ignore[arg-type]
    return handovers.open_handover(tx, request, now)


def a_handover(id: int, **facts: object) -> Handover:
    """One that is in no database; what is not said is None."""
    blank = dict.fromkeys(Handover.__dataclass_fields__)
    return Handover(**{**blank, "id": id, "conversation": f"web:{id}", "priority": 0, **facts})  # type: ignore[arg-type]
