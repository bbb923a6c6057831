"""The way of every message into the inbox and of every reply out of the outbox, the same for all channels.

A message is masked, stored and acknowledged; its turn is run by a worker, another process. What a channel sends
back it reads from the outbox, as often as it must until the citizen's side has it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from math import ceil
from typing import Any, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from channels import metrics
from channels.limits import RateLimit, TokenBuckets
from channels.messages import sentence
from channels.pool import Full, Pool
from channels.receipts import Receipts
from channels.refused import Refused, clean_name, clean_text
from channels.watch import Watcher
from foundation import outbox
from foundation.clock import Clock
from foundation.database import Database
from foundation.inbox import DONE, Accepted, Inbox, Incoming, inbox
from foundation.outbox import Reply
from foundation.settings import Settings

log = logging.getLogger(__name__)

Result = TypeVar("Result")
THREADS, QUEUE = 4, 400
"""On SQLite writers take turns anyway: one thread, so that they need not collide first."""
FLUSH = 0.25
"""Seconds between writing down what has been delivered."""


class Masks(Protocol):
    """What foundation.vault.Vault does for us."""

    def hide(self, tx: Connection, text: str, conversation: str, now: datetime) -> str:
        """The text with its identifiers replaced by tokens."""


class Gateway:
    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        vault: Masks,
        clock: Clock,
        settings: Settings,
        limit: RateLimit | None = None,
    ) -> None:
        self.settings = settings
        self._database = database
        self._inbox = inbox
        self._vault = vault
        self._clock = clock
        self._limit = limit or TokenBuckets(settings.rate_limit)
        self._writers = Pool("gateway-write", 1 if database.is_sqlite else THREADS, QUEUE)
        self._readers = Pool("gateway-read", THREADS, QUEUE)
        self._watcher = Watcher(database)
        self._receipts = Receipts()
        self._flusher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._watcher.start()
        self._flusher = asyncio.create_task(self._flush())

    async def stop(self) -> None:
        """Stop watching; what was read is marked delivered first."""
        if self._flusher:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
        await self._watcher.stop()
        if self._receipts:
            await asyncio.gather(self._write(self._receipts.store, self._clock.now()), return_exceptions=True)
        self._writers.close()
        self._readers.close()

    async def receive(
        self,
        channel: str,
        sender: object,
        text: object,
        message_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> Accepted:
        """Store one message of a citizen, once for each `message_id` of a sender.

        Text is text whatever it looks like: markup, a command, or a leading "/".

        Raises:
            Refused: it is malformed, comes too fast, or cannot be stored now.
        """
        try:
            accepted = await self._receive(channel, sender, text, message_id, metadata or {})
        except Refused as refused:
            metrics.refused.labels(channel, refused.status).inc()
            raise
        (metrics.duplicates if accepted.duplicate else metrics.accepted).labels(channel).inc()
        return accepted

    async def _receive(
        self, channel: str, sender: object, text: object, message_id: str | None, metadata: dict[str, Any]
    ) -> Accepted:
        conversation = f"{channel}:{clean_name(sender, 'sender')}"
        storable = clean_text(text)
        if message_id is not None:
            clean_name(message_id, "message_id")
        if wait := self._limit.take(conversation):
            raise Refused(429, sentence("refused.too_fast", seconds=ceil(wait)), wait)

        def store(tx: Connection, now: datetime) -> Accepted:
            masked = self._vault.hide(tx, storable, conversation, now)
            return self._inbox.accept(tx, Incoming(conversation, channel, masked, message_id, metadata), now)

        return await self._write(store, self._clock.now())

    async def replies(self, inbox_id: int, timeout: float | None) -> list[Reply]:
        """All replies of a turn, in order, as soon as it is done; empty when nothing is to be said.

        Raises:
            asyncio.TimeoutError: the turn is not done after `timeout` seconds.
        """
        began = time.monotonic()
        replies = await self._watcher.replies(inbox_id, timeout)
        metrics.latency.observe(time.monotonic() - began)
        return replies

    def subscribe(self, conversation: str) -> AbstractAsyncContextManager[asyncio.Queue[Reply]]:
        """A queue of all replies of a conversation from now on; read `after` inside to miss none."""
        return self._watcher.subscribe(conversation)

    async def after(self, conversation: str, last_seen: int) -> list[Reply]:
        """All replies of a conversation whose id is greater than `last_seen`, in order."""

        def read(tx: Connection) -> list[Reply]:
            found: list[Reply] = []
            while page := outbox.after(tx, conversation, found[-1].id if found else last_seen):
                found += page
            return found

        return await self._read(read)

    async def open_turns(self, conversation: str) -> list[int]:
        """The inbox ids of a conversation whose turns are not done, in order."""
        query = select(inbox.c.id).where(inbox.c.conversation == conversation, inbox.c.state != DONE)
        return await self._read(lambda tx: list(tx.execute(query.order_by(inbox.c.id)).scalars()))

    def acknowledge(self, conversation: str, last_id: int) -> None:
        """The citizen's side has every reply up to this id; stored within FLUSH seconds."""
        self._receipts.up_to(conversation, last_id)

    def delivered(self, replies: list[Reply]) -> None:
        """These replies were sent; stored within FLUSH seconds."""
        self._receipts.add(reply.id for reply in replies)

    async def waiting(self) -> int:
        """How many messages are not done."""
        return await self._read(self._inbox.waiting)

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            if self._receipts:
                try:
                    await self._write(self._receipts.store, self._clock.now())
                except Refused:
                    await asyncio.sleep(1)

    async def _write(self, work: Callable[[Connection, datetime], Result], now: datetime) -> Result:
        return await self._run(self._writers, lambda: _within(self._database.write(), lambda tx: work(tx, now)))

    async def _read(self, work: Callable[[Connection], Result]) -> Result:
        return await self._run(self._readers, lambda: _within(self._database.read(), work))

    async def _run(self, pool: Pool, work: Callable[[], Result]) -> Result:
        try:
            return await pool.run(work)
        except Full:
            raise Refused(503, sentence("refused.busy", hotline=self.settings.hotline), 5) from None
        except DBAPIError as error:
            log.error("the database refuses (%s); see ZHENGWU_DATABASE_URL and `zhengwu doctor`", type(error).__name__)
            raise Refused(503, sentence("refused.unavailable", hotline=self.settings.hotline), 5) from error


def _within(transaction: Any, work: Callable[[Connection], Result]) -> Result:
    with transaction as tx:
        return work(tx)


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[Gateway]:
    """The gateway, started, and stopped at the end of the block."""
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()
