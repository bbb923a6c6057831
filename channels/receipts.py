"""What the citizens' side has received and the database is yet to be told: many in one transaction.

Losing this at a crash costs nothing: a reply that is not marked is offered again, and known there by its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.outbox import PENDING, delivered, outbox


class Receipts:
    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._up_to: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self._ids or self._up_to)

    def add(self, ids: Iterable[int]) -> None:
        """These outbox rows were received."""
        self._ids.update(ids)

    def up_to(self, conversation: str, last_id: int) -> None:
        """All rows of the conversation up to this one were received."""
        self._up_to[conversation] = max(last_id, self._up_to.get(conversation, 0))

    def store(self, tx: Connection, now: datetime) -> None:
        """Mark them delivered."""
        ids, marks = self._ids, self._up_to
        self._ids, self._up_to = set(), {}
        known = list(ids)
        for conversation, last_id in marks.items():
            mine = (outbox.c.conversation == conversation) & (outbox.c.id <= last_id) & (outbox.c.state == PENDING)
            known += tx.execute(select(outbox.c.id).where(mine)).scalars()
        if known:
            delivered(tx, known, now)
