"""What changed: topics such as `queue`, `tasks` or `conversation:42`, for pages that then fetch what is true.

Whoever changes something adds a row in the same transaction. Nobody waits for anybody: no counter is shared.
"""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import Connection

from desk.tables import changes

QUEUE, TASKS, PRESENCE, CANNED, CLOSURES, MARKS = "queue", "tasks", "presence", "canned", "closures", "marks"
APPROVALS, RATINGS = "approvals", "ratings"
_PAGE = 500
"""Ids become visible out of their order; a look covers at least this many, which are written within seconds at most."""


def of(handover_id: int) -> str:
    """The topic of one handover."""
    return f"conversation:{handover_id}"


def touch(tx: Connection, *topics: str) -> None:
    """Say that something changed, once this transaction commits."""
    tx.execute(insert(changes), [{"topic": topic} for topic in sorted(set(topics))])


def version(tx: Connection) -> dict[str, int]:
    """A number for each topic of late. One that differs from before, or is new, has (or may have) changed."""
    last = tx.execute(select(func.max(changes.c.id))).scalar_one() or 0
    recent = changes.c.id > (last // _PAGE - 1) * _PAGE
    query = select(changes.c.topic, func.sum(changes.c.id)).where(recent).group_by(changes.c.topic)
    return {topic: int(total) for topic, total in tx.execute(query)}


def purge(tx: Connection) -> int:
    """Delete what nobody looks at any more; returns how many rows."""
    last = tx.execute(select(func.max(changes.c.id))).scalar_one() or 0
    return int(tx.execute(delete(changes).where(changes.c.id <= (last // _PAGE - 2) * _PAGE)).rowcount)
