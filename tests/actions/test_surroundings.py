from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import insert, select

from actions.surroundings import Surroundings, surroundings, use
from foundation.attempts import attempts
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings


def of(settings: Settings, database: Database, clock: FixedClock) -> Surroundings:
    portal: Any = object()
    return Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)


def test_what_is_given_is_used(settings: Settings, database: Database, clock: FixedClock) -> None:
    given = of(settings, database, clock)
    use(given)
    try:
        assert surroundings() is given
    finally:
        use(None)


async def test_database_work_leaves_the_event_loop(settings: Settings, database: Database, clock: FixedClock) -> None:
    given = of(settings, database, clock)
    assert await given.run(lambda: threading.current_thread()) is not threading.main_thread()
    row = {"subject": "number:1", "failures": 1, "since": clock.now()}
    await given.write(lambda tx: tx.execute(insert(attempts).values(row)))
    assert await given.read(lambda tx: tx.execute(select(attempts.c.failures)).scalar_one()) == 1
    given.executor.close()
