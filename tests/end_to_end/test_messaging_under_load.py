"""Many citizens at once, through the real gateway process, with the simulator as platform; and the same with processes
killed at random moments."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

import pytest
from crowd import Citizen, Service, doubled, percentile, settings
from sqlalchemy import func, select

from channels.wechat.simulator import Simulator
from foundation.database import Database
from foundation.inbox import DONE, inbox
from foundation.outbox import DELIVERED, OPEN, outbox

pytestmark = pytest.mark.slow

EACH = 5


async def settled(database: Database) -> None:
    """Wait until every message has had its turn, and every reply is off."""

    def missing() -> int:
        with database.read() as tx:
            turns = select(func.count()).select_from(inbox).where(inbox.c.state != DONE)
            replies = select(func.count()).select_from(outbox).where(outbox.c.state.in_(OPEN))
            return int(tx.execute(turns).scalar_one() + tx.execute(replies).scalar_one())

    deadline = time.monotonic() + 120
    while left := await asyncio.get_running_loop().run_in_executor(None, missing):
        assert time.monotonic() < deadline, f"{left} messages or replies are not done"
        await asyncio.sleep(0.2)
    await asyncio.sleep(1)  # what was sent last is on its way to its reader


def check(database: Database, crowd: list[Citizen], kills: int) -> None:
    """Every message one turn, every reply read, in order; doubled only what a kill interrupted."""
    with database.read() as tx:
        messages = Counter(tx.execute(select(inbox.c.conversation)).scalars())
        turns = Counter(tx.execute(select(outbox.c.inbox_id)).scalars())
        states = Counter(tx.execute(select(outbox.c.state)).scalars())
        by_call = tx.execute(select(func.count()).select_from(outbox).where(outbox.c.via == "api")).scalar_one()
    assert messages == {f"wechat:{citizen.name}": EACH for citizen in crowd}, "none lost, none twice"
    assert len(turns) == len(crowd) * EACH and set(turns.values()) == {1}, "one turn each"
    for citizen in crowd:
        assert list(dict.fromkeys(citizen.read)) == list(range(EACH)), f"{citizen.name} reads {citizen.read}"
    twice = Counter(how for citizen in crowd for how in doubled(citizen))
    seconds = [each for citizen in crowd for each in citizen.seconds]
    print(
        f"\n{len(crowd)} citizens, {len(crowd) * EACH} messages in {sum(c.posts for c in crowd)} posts, "
        f"{sum(c.refusals for c in crowd)} refused for now, {kills} kills: "
        f"acknowledged p50 {percentile(seconds, 0.5):.3f} s, p99 {percentile(seconds, 0.99):.3f} s; "
        f"{by_call} replies by call, doubled {dict(twice)}; {dict(states)}"
    )
    assert sum(twice.values()) <= kills
    if not kills:
        assert states == {DELIVERED: len(crowd) * EACH}
        assert percentile(seconds, 0.99) < 5, "the platform would ask again"


async def write_all(crowd: list[Citizen], seconds: float) -> None:
    """Everybody writes five messages within so many seconds."""
    await asyncio.gather(*(citizen.write(range(EACH), seconds / (EACH + 1)) for citizen in crowd))


@pytest.mark.parametrize(
    ("citizens", "seconds"), [(100, 30), pytest.param(1000, 300, marks=pytest.mark.long)], ids=["100", "1000"]
)
async def test_a_crowd(database_url: str, database: Database, citizens: int, seconds: float) -> None:
    async with Simulator(settings(), "http://127.0.0.1:9") as simulator:
        service = Service(database_url, simulator.address)
        simulator.driver.gateway = service.address
        crowd = [Citizen(simulator, f"o{n:04}", random.Random(n)) for n in range(citizens)]
        try:
            await service.start()
            await write_all(crowd, seconds)
            await settled(database)
        finally:
            service.stop()
    check(database, crowd, kills=0)


@pytest.mark.parametrize(
    ("citizens", "kills"), [(40, 3), pytest.param(200, 20, marks=pytest.mark.long)], ids=["3-kills", "20-kills"]
)
async def test_killed_at_random_moments(database_url: str, database: Database, citizens: int, kills: int) -> None:
    chance = random.Random(kills)
    async with Simulator(settings(), "http://127.0.0.1:9") as simulator:
        service = Service(database_url, simulator.address)
        simulator.driver.gateway = service.address
        crowd = [Citizen(simulator, f"o{n:04}", random.Random(n)) for n in range(citizens)]
        try:
            await service.start()
            writing = asyncio.create_task(write_all(crowd, kills * 6))
            for kill in range(kills):
                await asyncio.sleep(chance.uniform(0.5, 3))
                victim = service.worker if kill % 3 == 1 else service.gateway
                victim.kill()
                victim.start()
                await service.up()
            await writing
            await settled(database)
        finally:
            service.stop()
    check(database, crowd, kills)
