"""Beside the turn worker: the early warning counts, learns, looks, and has alerts sent.

One process at a time does it. All of it runs in a thread of its own, which no turn waits for; only what it writes goes
through short transactions: an hour's counts, a night's baseline, the alerts of one look.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from bot.warning.addresses import Addresses
from bot.warning.health import Meter
from bot.warning.sending import Sending
from desk import changes
from foundation import leases
from foundation.calendar import work_calendar
from foundation.executor import Executor
from insights.warning import alerts, counting, storing
from insights.warning.looking import Looking, Shown, broken, together

log = logging.getLogger(__name__)

LEASE, EVERY = "warning", 60.0
"""Seconds between two looks."""
SPAN = timedelta(seconds=3 * EVERY)
TOPIC = "alerts"
"""What open pages of the console are told has changed."""
T = TypeVar("T")


@asynccontextmanager
async def warning_keeping(here: Surroundings, name: str, every: float = EVERY) -> AsyncIterator[None]:
    """Watch until the end of the block; every worker may, and one of them does.

    Raises:
        ConfigError: an address to which alerts are to be sent will not do.
    """
    addresses = Addresses.of_settings(here.settings)
    keeper, sending = Keeper(here, name, addresses.names()), Sending(here, addresses)
    async with beside(keeper.run(every), sending.run()):
        yield


class Keeper:
    """In one process."""

    def __init__(self, here: Surroundings, name: str, addresses: Sequence[str]) -> None:
        self._here, self._name, self._addresses = here, name, addresses
        self._executor = Executor("warning", 1)
        self._looking: Looking | None = None
        self._meter = Meter()

    async def run(self, every: float) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    await self._executor.run(self.step)
                except DBAPIError as error:
                    log.error("the early warning waits: the database does not answer (%s)", type(error).__name__)
                except Exception:  # the turns of this process must not end for it
                    log.exception("the early warning waits")
                await asyncio.sleep(every)
        finally:
            self._executor.close()

    def step(self) -> bool:
        """One look, and what is due before it. False: another process does it."""
        now = self._here.clock.now()
        if not self._write(lambda tx: self._begin(tx, now)):
            return False
        while self._write(lambda tx: counting.fill(tx, now)):
            if not self._write(lambda tx: leases.acquire(tx, LEASE, self._name, now, SPAN) is not None):
                return False
        self._learn()
        shown = self._look()
        self._write(lambda tx: self._report(tx, shown))
        return True

    def _begin(self, tx: Connection, now: datetime) -> bool:
        """False: another process does it."""
        if leases.acquire(tx, LEASE, self._name, now, SPAN) is None:
            return False
        if not counting.is_behind(tx, now):  # or all that there is would seem to be of times to come
            counting.forget_to_come(tx, now)
            storing.forget_to_come(tx, now)
        return True

    def _learn(self) -> None:
        """Learn anew once a day; take over what another process has learned."""
        now, calendar = self._here.clock.now(), work_calendar()
        day = self._read(lambda tx: storing.due(tx, now))
        if day is not None:
            began = time.monotonic()
            learned = self._read(lambda tx: storing.study(tx, day, now, calendar))
            self._write(lambda tx: storing.write(tx, learned))
            count, took = len(learned.baseline.series), time.monotonic() - began
            log.info("the early warning learned from %d days, %d series, %.1f s", learned.baseline.days, count, took)
        at = self._read(storing.learned_at)
        if at is None:
            self._looking = None
        elif self._looking is None or self._looking.at != at:
            known = self._read(storing.load)
            if known is not None:
                self._looking = Looking(known, calendar, self._here.settings.alerts_a_week)

    def _look(self) -> list[Shown]:
        now, looking = self._here.clock.now(), self._looking
        found = broken(self._read(lambda tx: self._meter.measure(tx, now)), now)
        if looking is None:
            return found + self._read(lambda tx: together(tx, now, self._here.settings.alerts_a_week))
        return found + self._read(lambda tx: looking.look(tx, now))

    def _report(self, tx: Connection, shown: Sequence[Shown]) -> None:
        """Write down what was seen, unless somebody else watches by now."""
        now = self._here.clock.now()
        if leases.acquire(tx, LEASE, self._name, now, SPAN) is None:
            return
        told = [alerts.report(tx, one.finding, one.samples, self._addresses, now) for one in shown]
        told += alerts.recover(tx, now)
        if any(id is not None for id in told):
            changes.touch(tx, TOPIC)
            log.info("the early warning has %d news", sum(id is not None for id in told))

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._here.database.read() as tx:
            return work(tx)

    def _write(self, work: Callable[[Connection], T]) -> T:
        with self._here.database.write() as tx:
            return work(tx)
