"""How far the broker is behind, told to the gateways' /metrics: by every worker, so that it is true whoever sends."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from foundation import cursors, dialogue, heartbeat
from foundation.counts import COUNTS, told

log = logging.getLogger(__name__)

EVERY = 5.0
registry = CollectorRegistry()
sent = Counter("zhengwu_events_sent_total", "Events that the message broker has confirmed", registry=registry)
waiting = Gauge("zhengwu_events_waiting", "Events that it has not taken yet", registry=registry)
seconds = Gauge("zhengwu_events_waiting_seconds", "Since the oldest of them happened", registry=registry)


async def telling(here: Surroundings, name: str) -> None:
    """Until cancelled. `name`: of the worker."""
    own = f"{name} events"
    try:
        while True:
            try:
                await here.write(lambda tx: _tell(tx, here, own))
            except DBAPIError as error:
                log.error("the database does not take what was counted of events (%s)", type(error).__name__)
            await asyncio.sleep(EVERY)
    finally:
        await here.write(lambda tx: heartbeat.stop(tx, own))


def _tell(tx: Connection, here: Surroundings, own: str) -> None:
    now = here.clock.now()
    count, age = dialogue.waiting(tx, cursors.position(tx, cursors.EVENTS), now)
    waiting.set(count)
    seconds.set(age)
    heartbeat.beat(tx, own, COUNTS, {"metrics": told(registry)}, now)
