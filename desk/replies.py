"""What agents told citizens, each reply by its record number: from these, some are drawn to be checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk.tables import agent_messages, handovers


@dataclass(frozen=True)
class Reply:
    record: str
    account: str
    department: str
    """That had the conversation last."""


def replies(tx: Connection, since: datetime, until: datetime) -> Iterator[Reply]:
    """Those between the two instants that have a record: greetings and the like have none."""
    joined = agent_messages.join(handovers, handovers.c.id == agent_messages.c.handover)
    columns = (agent_messages.c.record, agent_messages.c.account, handovers.c.department)
    period = (agent_messages.c.at >= since, agent_messages.c.at < until, agent_messages.c.record.is_not(None))
    for row in tx.execute(select(*columns).select_from(joined).where(*period).order_by(agent_messages.c.id)):
        yield Reply(*row)
