"""Looks at the database for finished turns and new replies, and wakes whoever waits for them.

One task for a whole gateway. It queries only when there was a commit since its last look, which SQLite tells in
microseconds (foundation/commits.py); PostgreSQL has to be queried each time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from channels.pool import Pool
from foundation.commits import Commits
from foundation.database import Database
from foundation.outbox import Reply, after, outbox, replies_of_done
from foundation.prepared import Prepared

log = logging.getLogger(__name__)


class Pauses(NamedTuple):
    """Seconds between two looks: at least, while somebody waits for a turn; at most, as while only sockets are open."""

    busy: float
    idle: float


ASKING, QUERYING, BROKEN = Pauses(0.003, 0.015), Pauses(0.015, 0.05), 1.0
"""Where the database tells of commits; where it has to be queried; while it does not answer."""
LOOKS, LAST = 20, 8
"""So many looks in the time that a turn usually takes, going by about so many last ones: where people wait long anyway,
the processor is left to those who work for them."""

LOOK_BACK = 500
"""PostgreSQL hands out ids before the commit, so a row may appear below the newest one by so many ids."""

CHUNK = 500

_NEWEST = select(func.max(outbox.c.id))
_ABOVE = Prepared(
    select(outbox.c.id, outbox.c.conversation).where(outbox.c.id > bindparam("floor")).order_by(outbox.c.id)
)


@dataclass(frozen=True)
class Position:
    """Up to where the outbox was read: its newest row, and which rows there were shortly below it."""

    newest: int
    known: frozenset[int]


@dataclass
class Seen:
    """What one look found."""

    position: Position | None
    done: dict[int, list[Reply]] = field(default_factory=dict)
    news: list[Reply] = field(default_factory=list)


class Tail:
    """The rows of the outbox as they appear."""

    def __init__(self, in_order: bool) -> None:
        self._look_back = 0 if in_order else LOOK_BACK

    def read(
        self, tx: Connection, conversations: Iterable[str], position: Position | None
    ) -> tuple[list[Reply], Position]:
        """New rows of these conversations, in the order of their ids, and the position for the next call; without a
        position it is only taken.

        The same position finds the same rows again: a look can fail until its transaction is closed.
        """
        if position is None:
            newest = tx.execute(_NEWEST).scalar_one() or 0
            return [], Position(newest, frozenset(self._above(tx, newest - self._look_back)))
        rows = self._above(tx, position.newest - self._look_back)
        fresh = {row: conversation for row, conversation in rows.items() if row not in position.known}
        if not fresh:
            return [], position
        found = [
            reply
            for conversation in set(conversations).intersection(fresh.values())
            for reply in after(tx, conversation, min(fresh) - 1, limit=len(fresh) + self._look_back)
            if reply.id in fresh
        ]
        newest = max(position.newest, *fresh)
        known = frozenset(row for row in (*position.known, *fresh) if row > newest - self._look_back)
        return sorted(found, key=lambda reply: reply.id), Position(newest, known)

    def _above(self, tx: Connection, floor: int) -> dict[int, str]:
        return dict(map(tuple, _ABOVE.rows(tx, {"floor": floor})))


class Watcher:
    def __init__(self, database: Database) -> None:
        self._database = database
        # SQLite's readers wait for nobody, and it answers sooner than a thread is woken.
        self._pool = None if database.is_sqlite else Pool("watcher", threads=1, queue=1)
        self._waiting: dict[int, list[asyncio.Future[list[Reply]]]] = {}
        self._subscribed: dict[str, list[asyncio.Queue[Reply]]] = {}
        self._tail = Tail(in_order=database.is_sqlite)
        self._position: Position | None = None
        self._woken = asyncio.Event()
        self._positions: list[asyncio.Event] = []
        self._asked = False
        self._commits = Commits(database)
        self._pauses = ASKING if database.is_sqlite else QUERYING
        self._usual = 0.0
        """Seconds that the last turns took."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._pool:
            self._pool.close()
        self._commits.close()

    async def replies(self, inbox_id: int, timeout: float | None) -> list[Reply]:
        """The replies of a turn as soon as it is done; none when it asked for none.

        Raises:
            asyncio.TimeoutError: it is not done after `timeout` seconds.
        """
        future: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(inbox_id, [])
        waiting.append(future)
        self._wake()
        began = time.monotonic()
        try:
            replies = await asyncio.wait_for(future, timeout)
            # However long it took, say for a portal: soon the next ones count again.
            took = min(time.monotonic() - began, LOOKS * self._pauses.idle)
            self._usual += (took - self._usual) / LAST
            return replies
        finally:
            waiting.remove(future)
            if not waiting and self._waiting.get(inbox_id) is waiting:
                del self._waiting[inbox_id]

    @asynccontextmanager
    async def subscribe(self, conversation: str) -> AsyncIterator[asyncio.Queue[Reply]]:
        """A queue that gets every reply of the conversation committed from now on."""
        queue: asyncio.Queue[Reply] = asyncio.Queue()
        self._subscribed.setdefault(conversation, []).append(queue)
        in_position = asyncio.Event()
        self._positions.append(in_position)
        self._wake()
        try:
            await in_position.wait()
            yield queue
        finally:
            self._subscribed[conversation].remove(queue)
            if not self._subscribed[conversation]:
                del self._subscribed[conversation]

    def _wake(self) -> None:
        self._asked = True
        self._woken.set()

    async def _watch(self) -> None:
        while True:
            if not self._waiting and not self._subscribed:
                self._position = None  # taken anew when somebody listens again
                self._woken.clear()
                await self._woken.wait()
            asked, self._asked = self._asked, False
            positions, self._positions = self._positions, []
            try:
                if self._commits.changed() or asked:
                    self._hand_out(await self._seen())
            except DBAPIError as error:
                log.error("the database does not answer (%s); replies wait until it does", type(error).__name__)
                self._asked, self._positions = True, positions + self._positions
                await asyncio.sleep(BROKEN)
                continue
            except Exception:  # nobody would get an answer any more if this task ended
                log.exception("replies cannot be looked for; trying again")
                self._asked, self._positions = True, positions + self._positions
                await asyncio.sleep(BROKEN)
                continue
            for in_position in positions:
                in_position.set()
            await self._rest()

    async def _rest(self) -> None:
        """Until the next look is due; whoever begins to wait while nobody else does is not kept waiting for it."""
        least, most = self._pauses
        if self._waiting or self._asked:
            await asyncio.sleep(min(max(least, self._usual / LOOKS), most))
        elif self._subscribed:
            self._woken.clear()
            # Not by asyncio.wait_for: in Python 3.10 it swallows a cancellation that comes with the event.
            due = asyncio.get_running_loop().call_later(most, self._woken.set)
            try:
                await self._woken.wait()
            finally:
                due.cancel()

    async def _seen(self) -> Seen:
        waiting, conversations = list(self._waiting), list(self._subscribed)
        if self._pool is None:
            return self._look(waiting, conversations)
        return await self._pool.run(self._look, waiting, conversations)

    def _hand_out(self, seen: Seen) -> None:
        self._position = seen.position
        for inbox_id, replies in seen.done.items():
            for future in self._waiting.pop(inbox_id, []):
                if not future.done():
                    future.set_result(replies)
        for reply in seen.news:
            for queue in self._subscribed.get(reply.conversation, []):
                queue.put_nowait(reply)

    def _look(self, waiting: list[int], conversations: list[str]) -> Seen:
        seen = Seen(self._position)
        with self._database.read() as tx:
            for start in range(0, len(waiting), CHUNK):
                seen.done.update(replies_of_done(tx, waiting[start : start + CHUNK]))
            if conversations:
                seen.news, seen.position = self._tail.read(tx, conversations, self._position)
        return seen
