"""Beside the turn worker: statistics of the month that is over are published, where an office wants that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from bot.reporting import statistics
from foundation.clock import Clock
from foundation.database import Database
from foundation.settings import Settings
from insights.months import Month
from insights.openness import exporting

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two looks; a month is published within minutes of its end."""
SYSTEM = "system"


@asynccontextmanager
async def statistics_keeping(here: Surroundings) -> AsyncIterator[None]:
    """Publish what is due until the end of the block; every worker may, and whoever is first does."""
    if here.settings.openness == "off":
        yield
        return
    async with beside(_run(here)):
        yield


async def _run(here: Surroundings) -> None:
    while True:
        try:
            await here.executor.run(lambda: publish_due(here))
        except DBAPIError as error:
            log.error("statistics wait: the database does not answer (%s)", type(error).__name__)
        except OSError as error:
            log.error("statistics wait: %s cannot be written (%s)", openness_dir(here.settings), error.strerror)
        except Exception:  # the turns of this process must not end for it
            log.exception("statistics wait")
        await asyncio.sleep(EVERY)


def publish_due(here: Surroundings) -> None:
    """Publish the month that is over, where nobody has."""
    with here.database.read() as tx:
        month = exporting.due(tx, here.clock.now())
    if month is not None:
        place = publish(here.database, here.settings, here.clock, month)
        log.info("statistics of %s: %s", month, "published" if place else "another process has published them")


def publish(
    database: Database, settings: Settings, clock: Clock, month: Month, account: str = SYSTEM, again: bool = False
) -> Path | None:
    """Write a month's statistics; None where that was done before, unless it is wanted `again`.

    They are worked out before the writing transaction begins, in which others would have to wait.

    Raises:
        NotOver: the month.
        OSError: the files cannot be written.
    """
    now = clock.now()
    exporting.require_over(month, now)
    with database.read() as tx:
        found = statistics(tx, month, settings)
    directory, office = openness_dir(settings), settings.office_name
    with database.write() as tx:
        return exporting.export(tx, found, month, directory, office, account, now, again)


def openness_dir(settings: Settings) -> Path:
    """Where published statistics lie."""
    return settings.openness_dir or settings.var_dir / "openness"
