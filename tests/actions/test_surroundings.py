from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select

from actions.portal.access import WatchToken
from actions.portal.errors import NotOffered
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


async def test_an_office_without_a_portal(settings: Settings, database: Database, clock: FixedClock) -> None:
    without = settings.copy(update={"portal_url": "none", "env": "production"})
    given = Surroundings.of_settings(without, database=database, clock=clock)
    assert not given.portal.offers("with_last_four") and not given.portal.offers("health")
    for call in (given.portal.health(), given.portal.send_code("1"), given.portal.watched(WatchToken("1"))):
        with pytest.raises(NotOffered):
            await call
    given.executor.close()
