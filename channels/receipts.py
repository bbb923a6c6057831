"""What the citizens' side has received and the database is yet to be told: many in one transaction.

Losing this at a crash costs little: a reply that is not marked is offered again. The web chat knows it by its id; a
messaging platform shows it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.outbox import PENDING, delivered, outbox


@dataclass
class Receipts:
    """Outbox ids by themselves, and for each conversation the id up to which it has everything."""

    ids: set[int] = field(default_factory=set)
    up_to: dict[str, int] = field(default_factory=dict)

    def store(self, tx: Connection, now: datetime) -> None:
        """Mark them delivered."""
        known = list(self.ids)
        for conversation, last_id in self.up_to.items():
            mine = (outbox.c.conversation == conversation) & (outbox.c.id <= last_id) & (outbox.c.state == PENDING)
            known += tx.execute(select(outbox.c.id).where(mine)).scalars()
        if known:
            delivered(tx, known, now)


class Tray:
    """Receipts as they come in."""

    def __init__(self) -> None:
        self._receipts = Receipts()
        self._some = asyncio.Event()

    def __bool__(self) -> bool:
        return self._some.is_set()

    async def filled(self) -> None:
        """Wait until there are some."""
        await self._some.wait()

    def empty(self) -> Receipts:
        """Take all that are there."""
        taken, self._receipts = self._receipts, Receipts()
        self._some.clear()
        return taken

    def add(self, ids: Iterable[int]) -> None:
        """These outbox rows were received."""
        self._receipts.ids.update(ids)
        self._some.set()

    def up_to(self, conversation: str, last_id: int) -> None:
        """All rows of the conversation up to this one were received."""
        marks = self._receipts.up_to
        marks[conversation] = max(last_id, marks.get(conversation, 0))
        self._some.set()

    def put_back(self, receipts: Receipts) -> None:
        """They could not be stored."""
        self.add(receipts.ids)
        for conversation, last_id in receipts.up_to.items():
            self.up_to(conversation, last_id)
