"""Beside the turn worker: once a night what has been kept for long enough goes, and erasures that citizens have
confirmed are carried out as soon as the confirmation has reached them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

import bot.erasing  # noqa: F401  # the rules of all packages
from actions.surroundings import Surroundings
from bot.beside import beside
from foundation import erasures, leases, outbox, retention_runs, rights
from foundation.deadlines import Steadiness
from foundation.errors import ZhengwuError
from foundation.executor import Executor
from foundation.inbox import DONE, inbox
from foundation.retention_runs import Elsewhere

log = logging.getLogger(__name__)

LOOK = 20.0
"""Seconds between two looks."""
LEASE = "erasing"
PATIENCE = timedelta(minutes=10)
"""For so long an erasure waits for its confirmation to be delivered."""


@asynccontextmanager
async def retaining(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Keep to the rules until the end of the block; every worker may, and one of them does."""
    stopping, thread = Event(), Executor("retention", 1)  # of its own: turns need not wait for it
    try:
        async with beside(_run(here, name, thread, stopping)):
            try:
                yield
            finally:
                stopping.set()
    finally:
        thread.close()


async def _run(here: Surroundings, name: str, thread: Executor, stopping: Event) -> None:
    steadiness = Steadiness(here.clock)  # or a clock that is a year ahead for an hour would cost what is a year old
    while True:
        try:
            await here.write(lambda tx: erase_confirmed(tx, here, name))
            due = await here.read(lambda tx: retention_runs.is_due(tx, here.clock.now()))
            if due and steadiness.holds():
                await thread.run(lambda: carry_out(here, name, stopping))
        except DBAPIError as error:
            log.error("retention waits: the database does not answer (%s)", type(error).__name__)
        except Exception:  # the turns of this process must not end for it
            log.exception("retention waits")
        await asyncio.sleep(LOOK)


def carry_out(here: Surroundings, name: str, stopping: Event) -> None:
    """One run of the rules, unless another process is at it."""
    with suppress(Elsewhere):
        run = retention_runs.carry_out(
            here.database, here.clock, here.settings, name, "system", going_on=lambda: not stopping.is_set()
        )
        if run is not None:
            log.info("retention: %d rows in %d stores", sum(run.counts.values()), len(run.counts))


def erase_confirmed(tx: Connection, here: Surroundings, name: str) -> int:
    """Erase whoever confirmed it and has our word that it will be done; how many."""
    waiting = rights.confirmed(tx)
    now = here.clock.now()
    if not waiting or leases.acquire(tx, LEASE, name, now, timedelta(seconds=3 * LOOK)) is None:
        return 0
    ready = [one for one in waiting if one.conversation is None or settled(tx, one.conversation, now)]
    for one in ready:
        try:
            rights.erase(tx, here.cipher, one.id, erasures.CITIZEN, now)
        except ZhengwuError as error:
            log.error("request %d waits: %s", one.id, error)
    return len(ready)


def settled(tx: Connection, conversation: str, now: datetime) -> bool:
    """Whether no message of a conversation is being answered, and every answer is delivered or has had its time."""
    asked = select(inbox.c.id).where(inbox.c.conversation == conversation, inbox.c.state != DONE)
    if tx.execute(asked.limit(1)).first() is not None:
        return False
    on_its_way = outbox.outbox.c.state.in_(outbox.OPEN) & (outbox.outbox.c.created_at > now - PATIENCE)
    told = select(outbox.outbox.c.id).where(outbox.outbox.c.conversation == conversation, on_its_way)
    return tx.execute(told.limit(1)).first() is None
