"""Whether a message can be answered now, what is missing if not, and what is less than it should be."""

from __future__ import annotations

import asyncio
import math
import os
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from channels.pool import Pool
from foundation.clock import Clock
from foundation.counts import COUNTS, Told
from foundation.database import Database
from foundation.heartbeat import WORKER, Heartbeat, alive
from foundation.inbox import Inbox
from foundation.schema import is_current
from knowledge_base.store.holdings import newest_by

RECENT = timedelta(seconds=10)
"""Workers beat every two seconds or so; one that has not for this long is not counted on."""
TOLD = timedelta(seconds=30)
"""They tell what they have counted every five seconds."""
BEHIND = timedelta(seconds=30)
"""They have a release within a second, but for a very large one, which they first index."""

KEPT = 0.5
ROOM = 4 << 20
"""Bytes. With less, SQLite may not be able to write even a little."""
NO_WORKER = "no worker is ready yet; it loads for some seconds, see `zhengwu serve --only worker`"
NO_ENCODER = "the sentence encoder cannot be used: more questions are refused; `zhengwu doctor` says why"
OLD_RELEASE = "a worker goes on with an older release: what was changed since is not answered; its log says why"
PATIENCE = 2.0
"""Seconds that a database has for its answer."""


class Readiness:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pool = Pool("readiness", threads=1, queue=1)
        self._asking: asyncio.Task[str | None] | None = None
        self._migrated = self._told = False
        self._reason: str | None = None
        self.degraded = 0
        """Workers that answer, but not as they should, when it was last looked."""
        self.less: str | None = None
        """What they do less, for operators; None where there are none."""
        self.counts: list[Told] = []
        """What workers have counted, when it was last looked."""
        self._waiting = 0
        self._asked_at = float("-inf")

    async def missing(self) -> str | None:
        """What an operator must know when no message can be answered; None when one can. Takes PATIENCE at most."""
        if time.monotonic() - self._asked_at > KEPT:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            try:
                return await asyncio.wait_for(asyncio.shield(self._asking), PATIENCE)
            except asyncio.TimeoutError:  # it is asked once, however often we are
                return "the database does not answer in time"
        return self._reason

    async def _ask(self) -> str | None:
        self._reason = await self._pool.run(self._check)
        self._asked_at = time.monotonic()
        return self._reason

    @property
    def waiting(self) -> float:
        """How many messages are not done, when it was last looked; NaN: the database did not tell, or not for long."""
        return self._waiting if self._told and time.monotonic() - self._asked_at < 2 * PATIENCE else math.nan

    def close(self) -> None:
        self._pool.close()

    def _check(self) -> str | None:
        try:
            self._migrated = self._migrated or is_current(self._database)
            if not self._migrated:
                return "the database does not have this version's tables; run `zhengwu db upgrade`"
            with self._database.read() as tx:
                self._waiting, self._told = Inbox.waiting(tx), True
                if not self._takes_writes(tx):
                    return "the database can only be read; make it take writes again"
                now = self._clock.now()
                published = newest_by(tx, now - BEHIND)
                workers, counting = alive(tx, WORKER, now, RECENT), alive(tx, COUNTS, now, TOLD)
            self.counts = [one.detail["metrics"] for one in counting]
            self._look_at(workers, published)
            if workers:
                return None
            return self._disk_full() or NO_WORKER
        except DBAPIError:
            self._told = False
            return "the database does not answer; see ZHENGWU_DATABASE_URL"

    def _look_at(self, workers: list[Heartbeat], published: int) -> None:
        """Which workers do less than they should; `published` is the release that all should have by now."""
        blunt = {worker.name for worker in workers if worker.detail.get("degraded")}
        behind = {worker.name for worker in workers if worker.detail.get("release", published) < published}
        self.degraded = len(blunt | behind)
        self.less = "; ".join(text for text, names in ((NO_ENCODER, blunt), (OLD_RELEASE, behind)) if names) or None

    def _disk_full(self) -> str | None:
        """Whether that is why no worker can say that it is there; an SQLite database is read all the same."""
        file = self._database.engine.url.database
        if not self._database.is_sqlite or not file:
            return None
        state = os.statvfs(Path(file).parent)
        if state.f_bavail * state.f_frsize >= ROOM:
            return None
        return f"the disk of the database is full: make room at {Path(file).parent}; all goes on by itself then"

    def _takes_writes(self, tx: Connection) -> bool:
        """PostgreSQL does not while it is a standby, or was told so."""
        return self._database.is_sqlite or tx.execute(text("SHOW transaction_read_only")).scalar_one() == "off"
