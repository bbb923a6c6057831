"""Beside the turn worker: what was to be published on a day is published when the day has come.

Whether anything forbids it by now is looked at once more, by content tests too. These take seconds, so they run in a
thread of their own and before the transaction, which publishes only what they were about. What is held up becomes a
task for the editors.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from desk import tasks
from desk.tasks import NewTask
from foundation import leases
from foundation.executor import Executor
from knowledge_base.editing import orders, scheduling
from knowledge_base.editing.errors import EditingError
from knowledge_base.editing.scheduling import Due, HeldUp
from knowledge_base.editing.scope import department_of
from knowledge_base.store import releases
from knowledge_base.trials.answerer import Answerer
from knowledge_base.trials.outcomes import Report
from knowledge_base.trials.reach import units_of
from knowledge_base.trials.trying import tried

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks: a text that changes at midnight is another a second later."""
LEASE, SPAN = "scheduled", timedelta(seconds=30)
"""So that not every worker runs the tests. One that dies over them is followed by the next."""


@asynccontextmanager
async def content_keeping(here: Surroundings, name: str, opening: Callable[[], Answerer]) -> AsyncIterator[None]:
    """Publish what is due until the end of the block; every worker may, and one at a time does.

    Args:
        name: the worker's.
        opening: opens what content tests are asked of; called where there are any and something is due.
    """
    keeper = ContentKeeper(here, name, opening)
    try:
        async with beside(keeper.run()):
            yield
    finally:
        keeper.close()


class ContentKeeper:
    def __init__(self, here: Surroundings, name: str, opening: Callable[[], Answerer]) -> None:
        self._here = here
        self._name = name
        self._opening = opening
        self._answerer: Answerer | None = None
        self._executor = Executor("content tests", 1)

    async def run(self) -> None:
        """Look every second, until cancelled."""
        while True:
            try:
                await self.look()
            except DBAPIError as error:
                log.error("scheduled content waits: the database does not answer (%s)", type(error).__name__)
            except Exception:  # the turns of this process must not end for it
                log.exception("scheduled content waits")
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Publish what is due now, each for itself: what is held up holds up nothing else."""
        here = self._here
        if not await here.read(lambda tx: scheduling.due(tx, here.clock.now())):
            return
        lease = await here.write(lambda tx: leases.acquire(tx, LEASE, self._name, here.clock.now(), SPAN))
        if lease is None:
            return
        try:
            for one in await here.read(lambda tx: scheduling.due(tx, here.clock.now())):
                try:
                    await self.publish(one)
                except DBAPIError:
                    raise
                except Exception:  # whatever it is about this one, the others go out
                    log.exception("%d units that were scheduled wait", len(one.keys))
        finally:
            self._answerer = None  # it is needed once a day, if that
            await here.write(lambda tx: leases.release(tx, lease, here.clock.now()))

    async def publish(self, one: Due) -> None:
        """Publish what is due; what something forbids by now is held up, and the rest of it tried again."""
        here = self._here
        report = await self._executor.run(lambda: self._tried(one))
        try:
            release = await here.write(lambda tx: scheduling.publish_due(tx, one, report, here.clock.now()))
            log.info("release %d: %d units that were scheduled", release.number, len(one.keys))
        except HeldUp as error:
            held, rest = scheduling.divided(one, error)
            for each, why in held:
                log.error("%d units that were scheduled are held up; a task says why", len(each.keys))
                await here.write(partial(hold_up, one=each, why=why, now=here.clock.now()))
            for each in rest:
                await self.publish(each)
        except EditingError:  # something was published or written meanwhile: at the next look it is due again, or not
            log.info("%d units that were scheduled are looked at anew: something has changed", len(one.keys))

    def _tried(self, one: Due) -> Report:
        with self._here.database.read() as tx:
            return tried(tx, releases.pending_moves(tx, one.keys), self._here.clock.now(), self._open)

    def _open(self) -> Answerer:
        self._answerer = self._answerer or self._opening()
        return self._answerer

    def close(self) -> None:
        self._executor.close()


def hold_up(tx: Connection, one: Due, why: str, now: datetime) -> None:
    """Take what cannot be published off the schedule, and open a task for those who can mend it."""
    found = scheduling.unschedule(tx, one, why, now)
    if not found:
        return
    by_moment = f"{one.moment:%Y%m%d%H%M}"
    if one.order is not None:
        order = orders.get(tx, one.order)
        source, detail = f"held_up:order:{one.order}:{by_moment}", {"order": one.order, "why": why}
        tasks.open_task(tx, NewTask(tasks.HELD_UP, source, order.title, order.department, detail=detail), now)
        return
    stand = units_of(tx, one.keys)
    for draft in found:
        unit = draft.unit or stand[draft.key]
        source = f"held_up:{draft.revision or 'removal of'}:{draft.published}:{by_moment}"
        detail = {"kind": draft.key.kind, "id": draft.key.id, "owner": unit.owner.person, "why": why}
        tasks.open_task(tx, NewTask(tasks.HELD_UP, source, unit.title, department_of(unit), detail=detail), now)
