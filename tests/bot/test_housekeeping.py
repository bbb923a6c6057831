from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.portal import metrics
from actions.surroundings import Surroundings
from bot.housekeeping import housekeeping
from channels.metrics import elsewhere, exposition
from channels.readiness import Readiness
from foundation import accounts, sessions
from foundation.attempts import attempts
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.heartbeat import WORKER, beat, heartbeats
from foundation.settings import Settings
from foundation.vault import vault


async def test_what_has_expired_goes_and_what_was_counted_reaches_the_gateway(
    settings: Settings, database: Database, clock: FixedClock
) -> None:
    portal: Any = object()
    here = Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)
    with database.write() as tx:
        here.secrets.hide(tx, "123X", "web:a", clock.now() - timedelta(hours=1))
        here.secrets.hide(tx, "13800138000", "web:a", clock.now())
        li = accounts.add(tx, "li", None, ["agent"], clock.now()).id
        for hours in (-13, 0):
            sessions.begin(tx, li, clock.now() + timedelta(hours=hours), timedelta(hours=12))
        old = {"failures": 5, "since": clock.now() - timedelta(days=2)}
        tx.execute(attempts.insert().values(subject="number:1", **old))
        beat(tx, "worker-1", WORKER, {}, clock.now())
    metrics.calls.labels("health", "ok").inc()
    async with housekeeping(here, "worker-1"):
        await asyncio.sleep(0.5)
        readiness = Readiness(database, clock)
        assert await readiness.missing() is None
        readiness.close()
    elsewhere.heard = readiness.counts
    assert 'zhengwu_portal_calls_total{operation="health",outcome="ok"}' in exposition().decode()
    elsewhere.heard = []
    with database.read() as tx:
        assert list(tx.execute(select(vault.c.kind)).scalars()) == ["phone"]
        assert tx.execute(select(attempts)).all() == []
        ends = list(tx.execute(select(sessions.staff_sessions.c.expires_at)).scalars())
        assert ends == [clock.now() + timedelta(hours=12)], "who is signed in stays so"
        assert list(tx.execute(select(heartbeats.c.name)).scalars()) == ["worker-1"]
    here.executor.close()
