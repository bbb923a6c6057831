"""Several delivery processes on one database, some of them killed, and a platform behind HTTP."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from delivery_helpers import say, states, until
from http_platform import DeliveryProcess, PlatformServer

from channels.delivery import lanes
from foundation.database import Database
from foundation.outbox import DELIVERED, OPEN

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]


def numbers(texts: list[str]) -> list[int]:
    """What was said, in order: every reply bears its number."""
    return [int(found) for text in texts for found in re.findall(r"〔(\d+)〕", text)]


@asynccontextmanager
async def processes(database_url: str, address: str, count: int) -> AsyncIterator[list[DeliveryProcess]]:
    started = [DeliveryProcess(database_url, address) for _ in range(count)]
    try:
        await asyncio.gather(*(process.ready() for process in started))
        yield started
    finally:
        for process in started:
            process.kill()


async def test_two_processes_send_nothing_twice(database_url: str, database: Database) -> None:
    citizens, each = 20, 6
    async with PlatformServer() as platform, processes(database_url, platform.address, 2):
        for n in range(each):
            for c in range(citizens):
                say(database, f"c{c}", f"〔{n}〕")
                await asyncio.sleep(0.002)
        await until(lambda: states(database) == [DELIVERED] * citizens * each, 60)
    for c in range(citizens):
        assert numbers(platform.sent[f"c{c}"]) == list(range(each))
    assert max(platform.keys.values()) == 1


async def test_another_takes_over_from_one_that_was_killed(database_url: str, database: Database) -> None:
    async with PlatformServer() as platform, processes(database_url, platform.address, 2) as (one, other):
        say(database, "a", "〔0〕")
        await until(lambda: states(database) == [DELIVERED])
        one.kill()
        say(database, "a", "〔1〕")
        began = time.monotonic()
        await until(lambda: states(database) == [DELIVERED] * 2, 30)
        print(f"sent {time.monotonic() - began:.1f} s after the kill")
        assert time.monotonic() - began < 15, "a lease lasts four seconds"
        successor = await DeliveryProcess(database_url, platform.address).ready()
        assert other.end() < 10
        began = time.monotonic()
        say(database, "a", "〔2〕")
        await until(lambda: states(database) == [DELIVERED] * 3, 30)
        successor.kill()
    assert numbers(platform.sent["a"]) == [0, 1, 2]


@pytest.mark.parametrize("knows_keys", [False, True], ids=["forgets", "knows-our-ids"])
async def test_killed_in_the_middle_of_sending(database_url: str, database: Database, knows_keys: bool) -> None:
    """Nothing is lost, the order is kept, and who was being written to reads it twice at most."""
    citizens, each, kills = 30, 5, 4
    chance = random.Random(7)
    async with PlatformServer(0.02, knows_keys=knows_keys) as platform:
        for n in range(each):
            for c in range(citizens):
                image = {"image": f"https://office.example/{c}.png"} if n == 2 else {}
                say(database, f"c{c}", f"〔{n * citizens + c}〕", **image)
        for _ in range(kills):
            process = await DeliveryProcess(database_url, platform.address).ready()
            before = platform.calls
            await until(lambda before=before: platform.calls > before + 2, 60)
            await asyncio.sleep(chance.random() / 5)
            process.kill()
        async with processes(database_url, platform.address, 1):
            await until(lambda: not set(states(database)) & set(OPEN), 90)
    assert states(database) == [DELIVERED] * citizens * each
    doubled = []
    for c in range(citizens):
        said = numbers(platform.sent[f"c{c}"])
        assert list(dict.fromkeys(said)) == [n * citizens + c for n in range(each)], "all of it, in order"
        doubled.append(sum(count - 1 for count in Counter(platform.sent[f"c{c}"]).values()))
    print(f"{kills} kills, {sum(doubled)} doubled sends, {platform.calls} calls")
    assert max(doubled) <= (0 if knows_keys else kills), "a citizen reads one thing twice for each kill at most"
    assert sum(doubled) <= kills * lanes.MOST
    assert max(platform.keys.values()) <= kills + 1
