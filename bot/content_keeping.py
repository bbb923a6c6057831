"""Beside the turn worker: what was to be published on a day is published when the day has come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from foundation.errors import PublishError
from knowledge_base.editing import scheduling
from knowledge_base.editing.errors import EditingError
from knowledge_base.editing.scheduling import Due

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks: a fee that changes at midnight is answered rightly a second later."""


@asynccontextmanager
async def content_keeping(here: Surroundings) -> AsyncIterator[None]:
    """Publish what is due until the end of the block; every worker may, and whoever is first does."""
    task = asyncio.create_task(_run(here))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(here: Surroundings) -> None:
    while True:
        try:
            for one in await here.read(lambda tx: scheduling.due(tx, here.clock.now())):
                await publish(here, one)
        except DBAPIError as error:
            log.error("scheduled content waits: the database does not answer (%s)", type(error).__name__)
        except Exception:  # the turns of this process must not end for it
            log.exception("scheduled content waits")
        await asyncio.sleep(EVERY)


async def publish(here: Surroundings, one: Due) -> None:
    """Publish what is due, or, where something forbids it by now, say so where whoever scheduled it looks."""
    try:
        release = await here.write(lambda tx: scheduling.publish_due(tx, one, here.clock.now()))
        log.info("release %d: %d units that were scheduled", release.number, len(one.keys))
    except PublishError as error:
        why = str(error)
        log.error("%d units that were scheduled cannot be published; their page says why", len(one.keys))
        await here.write(lambda tx: scheduling.unschedule(tx, one, why, here.clock.now()))
    except EditingError:  # another worker was quicker, or somebody went on writing
        log.info("%d units that were scheduled are published or changed already", len(one.keys))
