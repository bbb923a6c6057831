"""Beside the turn worker: days that are over are counted for the statistics, one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from foundation import leases
from foundation.database import Database
from foundation.executor import Executor
from insights import rolling

log = logging.getLogger(__name__)

LEASE, EVERY, REST = "roll-ups", 300.0, 3.0
"""Seconds between two looks, and between two days that are waiting: turns come first."""


@asynccontextmanager
async def rolling_up(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Roll days up until the end of the block; every worker may, and one of them does."""
    thread = Executor("roll-ups", 1)  # of its own: turns need not wait for it
    try:
        async with beside(_run(here, name, thread)):
            yield
    finally:
        thread.close()


async def _run(here: Surroundings, name: str, thread: Executor) -> None:
    while True:
        more = False
        try:
            more = await thread.run(lambda: roll_up_next(here, name))
        except DBAPIError as error:
            log.error("the statistics wait: the database does not answer (%s)", type(error).__name__)
        except Exception:  # the turns of this process must not end for it
            log.exception("the statistics wait")
        await asyncio.sleep(REST if more else EVERY)


def roll_up_next(here: Surroundings, name: str) -> bool:
    """Roll the oldest day up that waits for it; False: none does, or another worker is at it."""
    now = here.clock.now()
    with here.database.read() as tx:
        days, early = rolling.due(tx, now), rolling.any_to_come(tx, now)
    if early:
        with here.database.write() as tx:
            rolling.forget_to_come(tx, now)
    if not days:
        return False
    with here.database.write() as tx:
        if leases.acquire(tx, LEASE, name, now, timedelta(seconds=60)) is None:
            return False
    turns = roll_up(here.database, days[0], now)
    log.info("statistics of %s: %d turns", days[0], turns)
    return len(days) > 1


def roll_up(database: Database, day: date, now: datetime) -> int:
    """Roll one day up; returns how many turns it had. Only the second of its two transactions keeps anybody waiting."""
    with database.read() as tx:
        counted = rolling.count(tx, day)
    with database.write() as tx:
        rolling.keep(tx, counted, now)
    return counted.turns
