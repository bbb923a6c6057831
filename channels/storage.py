"""Transactions off the event loop, with an end to the queue. Readers and writers have threads of their own.

What was sent is written down ahead of what waits to be written: a process that dies with that unwritten sends it twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from channels.messages import sentence
from channels.pool import Full, Pool
from channels.refused import Refused
from foundation.database import Database

log = logging.getLogger(__name__)

Result = TypeVar("Result")
THREADS, QUEUE = 4, 400
"""On SQLite writers take turns anyway: one thread, and one for what was sent, so that they need not collide first."""
INSIST = 0.5
"""Seconds before the database is asked again to take down what was sent."""


class Storage:
    def __init__(self, database: Database, hotline: str) -> None:
        self.database = database
        self._hotline = hotline
        self._writers = Pool("gateway-write", 1 if database.is_sqlite else THREADS, QUEUE)
        self._confirming = Pool("gateway-confirm", 1 if database.is_sqlite else 2, QUEUE)
        self._readers = Pool("gateway-read", THREADS, QUEUE)
        self._alone: AbstractContextManager[Any] = Lock() if database.is_sqlite else nullcontext()

    async def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that commits when it returns.

        Raises:
            Refused: too much waits already, or the database does not answer.
        """
        return await self._run(self._writers, lambda: self._written(work))

    async def confirm(self, work: Callable[[Connection], Result]) -> Result:
        """As `write`, ahead of all that waits there: for what was sent already."""
        return await self._run(self._confirming, lambda: self._written(work))

    async def insist(self, work: Callable[[Connection], Result]) -> Result:
        """As `confirm`, however long the database takes."""
        while True:
            try:
                return await self.confirm(work)
            except Refused:
                await asyncio.sleep(INSIST)

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction that changes nothing. Raises Refused as `write` does."""
        return await self._run(self._readers, lambda: _within(self.database.read(), work))

    def close(self) -> None:
        """Finish what has begun."""
        self._writers.close()
        self._confirming.close()
        self._readers.close()

    def _written(self, work: Callable[[Connection], Result]) -> Result:
        with self._alone:
            return _within(self.database.write(), work)

    async def _run(self, pool: Pool, work: Callable[[], Result]) -> Result:
        try:
            return await pool.run(work)
        except Full:
            raise Refused(503, sentence("refused.busy", hotline=self._hotline), 5) from None
        except DBAPIError as error:
            log.error("the database refuses (%s); see ZHENGWU_DATABASE_URL and `zhengwu doctor`", type(error).__name__)
            raise Refused(503, sentence("refused.unavailable", hotline=self._hotline), 5) from error


def _within(transaction: Any, work: Callable[[Connection], Result]) -> Result:
    with transaction as tx:
        return work(tx)
