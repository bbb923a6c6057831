"""Beside the turn worker: what was written to the audit log is sealed, a second later at most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from foundation import audit_chain
from foundation.audit_chain import Head

log = logging.getLogger(__name__)

EVERY = 1.0


@asynccontextmanager
async def sealing(here: Surroundings) -> AsyncIterator[None]:
    """Seal until the end of the block; every worker may, and whoever is first does."""
    async with beside(_run(here)):
        yield


async def _run(here: Surroundings) -> None:
    told: int | None = None
    while True:
        try:
            told = await step(here, told)
        except audit_chain.HeadAltered:
            log.error("the audit log was tampered with and is not sealed any more: see `zhengwu audit verify`")
            await asyncio.sleep(60)
        except DBAPIError as error:
            log.error("the audit log waits to be sealed: the database does not answer (%s)", type(error).__name__)
        except Exception:  # the turns of this process must not end for it
            log.exception("the audit log waits to be sealed")
        await asyncio.sleep(EVERY)


async def step(here: Surroundings, told: int | None) -> int | None:
    """Seal what waits, and log how far the log goes when that has changed: outside of the database, it cannot be turned
    back there. Returns what was told."""
    while await here.read(audit_chain.waiting):
        await here.write(audit_chain.seal)
    head: Head | None = await here.read(audit_chain.head)
    if head is not None and head.count != told:
        log.info("the audit log is sealed", extra={"entries": head.count, "seal": head.hash[:16]})
        return head.count
    return told
