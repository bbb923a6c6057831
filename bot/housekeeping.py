"""Beside the turn worker: what has expired is deleted, and what was counted is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.applications import reminders
from actions.portal import metrics
from actions.surroundings import Surroundings
from bot.beside import beside
from desk import cases
from foundation import attempts, heartbeat, sessions, sign_ins
from foundation.counts import COUNTS, told
from foundation.deadlines import Steadiness
from knowledge_base.importing import uploads

log = logging.getLogger(__name__)

SECONDS = 5.0
PURGES = 12
"""Every so many rounds what has expired is deleted."""


@asynccontextmanager
async def housekeeping(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Keep house until the end of the block; every worker does."""
    try:
        async with beside(_run(here, f"{name} {COUNTS}")):
            yield
    finally:
        await here.write(lambda tx: heartbeat.stop(tx, f"{name} {COUNTS}"))


async def _run(here: Surroundings, name: str) -> None:
    rounds, steadiness = 0, Steadiness(here.clock)
    while True:
        try:
            await here.write(lambda tx: tell(tx, here, name))
            now = here.clock.now()  # before it is asked whether that can be believed
            if rounds % PURGES == 0 and steadiness.holds():
                await here.write(lambda tx, now=now: purge(tx, here, now))  # type: ignore[misc]
        except DBAPIError as error:
            log.error("the database does not take our housekeeping (%s)", type(error).__name__)
        rounds += 1
        await asyncio.sleep(SECONDS)


def tell(tx: Connection, here: Surroundings, name: str) -> None:
    """Say what was counted by now."""
    heartbeat.beat(tx, name, COUNTS, {"metrics": told(metrics.registry)}, here.clock.now())


def purge(tx: Connection, here: Surroundings, now: datetime) -> None:
    """Delete what has expired: masked values, attempts, reminders, sign-ins, sessions of the staff, contacts in closed
    cases, uploads."""
    here.secrets.purge(tx, now)
    attempts.purge(tx, now)
    reminders.purge(tx, now)
    sign_ins.purge(tx, now)
    sessions.purge(tx, now)
    cases.purge(tx, now, timedelta(days=here.settings.keep_contact_days))
    uploads.purge(tx, now)
