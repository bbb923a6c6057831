"""What the citizens' side has received and the database is yet to be told: many in one transaction.

Losing this at a crash costs little: a reply that is not marked is offered again. The web chat knows it by its id; a
messaging platform shows it twice. So what was sent to a platform is not kept waiting, and what was shown is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from foundation.outbox import PENDING, answered_with, delivered, outbox

SENT, SHOWN = 0.02, 0.2
"""Seconds for which receipts are gathered: what a platform would show twice, and what nobody sees again."""
KEPT = 10_000
"""Conversations of which is known up to where they are marked; a longer look at one of the others does no harm."""

_SHOWN = select(outbox.c.id).where(
    outbox.c.conversation == bindparam("of"),
    outbox.c.id > bindparam("above"),
    outbox.c.id <= bindparam("last"),
    outbox.c.state == PENDING,
)


@dataclass
class Receipts:
    """Outbox ids by themselves, what a platform was sent and what was shown; and for each conversation the id up to
    which it has everything."""

    sent: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)
    up_to: dict[str, int] = field(default_factory=dict)
    above: dict[str, int] = field(default_factory=dict)
    """Up to there it was marked before: thousands of replies are not looked through at each new one."""

    def store(self, tx: Connection, now: datetime) -> None:
        """Mark them delivered."""
        known = list(self.shown)
        for conversation, last_id in self.up_to.items():
            between = {"of": conversation, "above": self.above.get(conversation, 0), "last": last_id}
            known += tx.execute(_SHOWN, between).scalars()
        if known:
            delivered(tx, known, now)
        if self.sent:
            answered_with(tx, list(self.sent), now)


class Tray:
    """Receipts as they come in."""

    def __init__(self) -> None:
        self._receipts = Receipts()
        self._stored: OrderedDict[str, int] = OrderedDict()
        self._some = asyncio.Event()
        self._sent = asyncio.Event()

    def __bool__(self) -> bool:
        return self._some.is_set()

    async def filled(self) -> None:
        """Wait until there are some to be stored: SENT to twice SENT seconds after the first that was sent, and SHOWN
        after the first that was shown."""
        await self._some.wait()
        began = time.monotonic()
        # Not by asyncio.wait_for: in Python 3.10 it swallows a cancellation that comes with the event.
        while not self._sent.is_set() and time.monotonic() - began < SHOWN:
            await asyncio.sleep(SENT)
        if self._sent.is_set():
            await asyncio.sleep(SENT)

    def empty(self) -> Receipts:
        """Take all that are there."""
        taken, self._receipts = self._receipts, Receipts()
        taken.above = {one: self._stored[one] for one in taken.up_to if one in self._stored}
        self._some.clear()
        self._sent.clear()
        return taken

    def sent(self, ids: Iterable[int]) -> None:
        """A platform has these outbox rows."""
        self._receipts.sent.update(ids)
        self._some.set()
        self._sent.set()

    def shown(self, ids: Iterable[int]) -> None:
        """Whoever asked was given these outbox rows."""
        self._receipts.shown.update(ids)
        self._some.set()

    def up_to(self, conversation: str, last_id: int) -> None:
        """All rows of the conversation up to this one were received."""
        marks = self._receipts.up_to
        marks[conversation] = max(last_id, marks.get(conversation, 0))
        self._some.set()

    def stored(self, receipts: Receipts) -> None:
        """They are in the database."""
        for conversation, last_id in receipts.up_to.items():
            self._stored[conversation] = max(last_id, self._stored.pop(conversation, 0))
        while len(self._stored) > KEPT:
            self._stored.popitem(last=False)

    def put_back(self, receipts: Receipts) -> None:
        """They could not be stored."""
        self.shown(receipts.shown)
        self.sent(receipts.sent)
        for conversation, last_id in receipts.up_to.items():
            self.up_to(conversation, last_id)
