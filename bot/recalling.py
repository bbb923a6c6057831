"""Beside the turn worker: corrections go to those whom a recall concerns, a few at a time, and their fate is noted.

That somebody is written to is noted in the transaction that puts the message into the outbox: a process that dies has
written to them and noted it, or neither. What is long, wording the old answers again, is done before that transaction.
One process at a time does it; who waits for an answer hardly notices.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot import correcting
from bot.beside import beside
from foundation import leases
from knowledge_base.recalls import progress

log = logging.getLogger(__name__)

LEASE, SPAN = "recalls", timedelta(seconds=20)
SPACING, LOOK = 0.2, 2.0
"""Seconds between two batches, and between looks what has become of them."""
T = TypeVar("T")


@asynccontextmanager
async def recalling(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Send corrections until the end of the block; every worker may, and one of them does."""
    async with beside(_run(here, name)):
        yield


async def _run(here: Surroundings, name: str) -> None:
    followed = float("-inf")
    while True:
        pause = LOOK
        try:
            if not await here.read(progress.is_idle):
                if time.monotonic() - followed >= LOOK:
                    await follow(here, name)
                    followed = time.monotonic()
                if await send_some(here, name):
                    pause = SPACING
        except DBAPIError as error:
            log.error("recalls wait: the database does not answer (%s)", type(error).__name__)
        except Exception:  # the turns of this process must not end for it
            log.exception("recalls wait")
        await asyncio.sleep(pause)


async def send_some(here: Surroundings, name: str) -> int:
    """Write to the next few; how many."""
    prepared = await here.read(correcting.prepare)
    if not prepared:
        return 0
    write = partial(correcting.write, here=here, prepared=prepared)
    return await here.write(lambda tx: _alone(tx, here, name, write)) or 0


async def follow(here: Surroundings, name: str) -> None:
    """Note whom the messages have reached, and see to it that somebody calls those whom they cannot reach."""
    await here.write(lambda tx: _alone(tx, here, name, partial(correcting.look_after, here=here)))


def _alone(tx: Connection, here: Surroundings, name: str, step: Callable[..., T]) -> T | None:
    now = here.clock.now()
    return step(tx, now=now) if leases.acquire(tx, LEASE, name, now, SPAN) is not None else None
