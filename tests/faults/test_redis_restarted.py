"""Redis crashes, goes away, hangs, forgets everything, under load. It is never the only copy of anything:
nobody notices."""

from __future__ import annotations

import asyncio
import time

import pytest
from branch import Branch
from servers import OwnRedis
from under_load import RECOVERS, under_load

from channels import shared_limits
from channels.shared_limits import REST, SharedLimit

FAULTS = ["crashes", "away", "hangs", "forgets"]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.long)])
def test_nobody_notices(branch: Branch, seconds: int) -> None:
    with under_load(branch.city.database, branch.addresses, "redis") as (crowd, prober):
        for fault in FAULTS:
            began = time.monotonic()
            if fault == "hangs":
                branch.redis.pause()
                time.sleep(seconds)
                branch.redis.go_on()
            elif fault == "forgets":
                branch.redis.client.flushall()
            else:
                branch.redis.stop()
                time.sleep(seconds if fault == "away" else 0)
                branch.redis.start()
            crowd.wait_answered(len(crowd.citizens), RECOVERS)
            assert {probe.status for probe in prober.between(began, time.monotonic())} == {200}, fault
    assert {one.tries for one in crowd.exchanges} == {1}, "no message had to be sent again"
    branch.check_alive()


async def test_after_hanging_each_sender_gets_its_own_count(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that come late are nobody's: not those of whoever asks next on the same connection."""
    monkeypatch.setattr(shared_limits, "PATIENCE", 0.5)  # a busy machine is not a Redis that hangs
    limits = [SharedLimit(own_redis.url, per_minute=2) for _ in range(2)]

    async def each_once(run: str) -> list[float]:
        return list(await asyncio.gather(*(limit.take(f"{run}-{n}") for n in range(10) for limit in limits)))

    try:
        own_redis.pause()
        assert await each_once("hanging") == [0.0] * 20, "counted by each gateway by itself"
        own_redis.go_on()
        await asyncio.sleep(REST + 0.2)
        for _ in range(4):
            await limits[0].take("hasty")
        for number in range(3):
            assert await each_once(f"fresh-{number}") == [0.0] * 20
            assert await limits[1].take("hasty") > 0
    finally:
        own_redis.go_on()
        for limit in limits:
            await limit.close()


async def test_after_forgetting_the_limit_holds_again(own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_limits, "PATIENCE", 5.0)
    limits = [SharedLimit(own_redis.url, per_minute=3) for _ in range(2)]
    try:
        for _ in range(2):
            taken = [await limit.take("forgotten") for _ in range(4) for limit in limits]
            assert [wait == 0 for wait in taken] == [True] * 3 + [False] * 5
            own_redis.client.flushall()
    finally:
        for limit in limits:
            await limit.close()
