"""Whether a message can be answered now, what is missing if not, and what is less than it should be."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from channels.pool import Full, Pool
from foundation.clock import Clock
from foundation.counts import COUNTS, Told
from foundation.database import Database
from foundation.heartbeat import WORKER, alive
from foundation.migrate import is_current

RECENT = timedelta(seconds=10)
"""Workers beat every two seconds or so; one that has not for this long is not counted on."""
TOLD = timedelta(seconds=30)
"""They tell what they have counted every five seconds."""

KEPT = 0.5


class Readiness:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pool = Pool("readiness", threads=1, queue=100)
        self._migrated = False
        self._reason: str | None = None
        self.degraded = 0
        """Workers that search with less than their encoder, when it was last looked."""
        self.counts: list[Told] = []
        """What workers have counted, when it was last looked."""
        self._asked_at = float("-inf")

    async def missing(self) -> str | None:
        """What an operator must know when no message can be answered; None when one can."""
        if time.monotonic() - self._asked_at > KEPT:
            try:
                self._reason = await self._pool.run(self._check)
            except Full:
                return "the database is slow to answer"
            self._asked_at = time.monotonic()
        return self._reason

    def close(self) -> None:
        self._pool.close()

    def _check(self) -> str | None:
        try:
            self._migrated = self._migrated or is_current(self._database)
            if not self._migrated:
                return "the database does not have this version's tables; run `zhengwu db upgrade`"
            with self._database.read() as tx:
                now = self._clock.now()
                workers, counting = alive(tx, WORKER, now, RECENT), alive(tx, COUNTS, now, TOLD)
            self.counts = [one.detail["metrics"] for one in counting]
            self.degraded = sum(bool(worker.detail.get("degraded")) for worker in workers)
            if workers:
                return None
            return "no worker is ready yet; it loads for some seconds, see `zhengwu serve --only worker`"
        except DBAPIError:
            return "the database does not answer; see ZHENGWU_DATABASE_URL"
