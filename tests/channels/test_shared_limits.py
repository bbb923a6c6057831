from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from channel_helpers import free_port
from redis import Redis
from redis.exceptions import RedisError

from channels.shared_limits import REST, SharedLimit, key_of, limit_of
from foundation.errors import ConfigError

URL = os.environ.get("ZHENGWU_TEST_REDIS_URL")
BINARY = shutil.which("redis-server")


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class OwnRedis:
    """A server of the test's own, to be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            str(BINARY),
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                Redis.from_url(self.url).ping()
                return
            except RedisError:
                time.sleep(0.05)
        raise AssertionError("redis-server does not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    if BINARY is None:
        pytest.skip("redis-server is not installed")
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def url() -> str:
    if URL is None:
        pytest.skip("ZHENGWU_TEST_REDIS_URL names no Redis server")
    return URL


@pytest.fixture
async def sender(url: str) -> AsyncIterator[str]:
    name = f"web:{uuid4()}"
    yield name
    Redis.from_url(url).delete(key_of(name))


async def test_two_gateways_count_together(url: str, sender: str) -> None:
    first, second = SharedLimit(url, 4), SharedLimit(url, 4)
    waits = [await limit.take(sender) for limit in (first, second, second, first)]
    assert waits == [0.0] * 4
    for limit in (first, second):
        assert 14 < await limit.take(sender) <= 15  # one every fifteen seconds
    assert await first.take(f"{sender}2") == 0
    await asyncio.gather(first.close(), second.close())
    Redis.from_url(url).delete(key_of(f"{sender}2"))


async def test_at_once_from_many_sides_no_more_than_the_burst(url: str, sender: str) -> None:
    limits = [SharedLimit(url, 10) for _ in range(4)]
    await asyncio.gather(*(limit.take(f"{sender}-warm") for limit in limits))
    waits = await asyncio.gather(*(limit.take(sender) for limit in limits for _ in range(10)))
    assert sum(wait == 0 for wait in waits) == 10
    await asyncio.gather(*(limit.close() for limit in limits))
    Redis.from_url(url).delete(key_of(f"{sender}-warm"))


async def test_the_rate_after_the_burst(url: str, sender: str) -> None:
    limit = SharedLimit(url, 600)
    while not (wait := await limit.take(sender)):
        pass
    assert 0 < wait <= 0.1
    await asyncio.sleep(wait + 0.01)
    assert await limit.take(sender) == 0
    await limit.close()


async def test_what_is_given_back_may_be_taken_again_and_no_more(url: str, sender: str) -> None:
    limit = SharedLimit(url, 2)
    await limit.give_back(sender)
    assert [await limit.take(sender) for _ in range(2)] == [0.0, 0.0]
    await limit.give_back(sender)
    assert await limit.take(sender) == 0 and await limit.take(sender) > 0
    for _ in range(9):
        await limit.give_back(sender)
    assert sum([await limit.take(sender) == 0 for _ in range(9)]) == 2
    await limit.close()


async def test_the_count_ends_by_itself_and_does_not_say_whose_it_is(url: str, sender: str) -> None:
    limit = SharedLimit(url, 2)
    await limit.take(sender)
    server = Redis.from_url(url)
    assert 0 < server.pttl(key_of(sender)) <= 30_000
    assert sender not in key_of(sender) and sender.partition(":")[2] not in key_of(sender)
    await limit.close()


async def test_zero_is_no_limit() -> None:
    limit = SharedLimit("redis://127.0.0.1:1/0", 0)
    assert not any([await limit.take("a") for _ in range(100)])


async def test_a_server_that_dies_and_comes_back(own_redis: OwnRedis) -> None:
    clock = Time()
    limit = SharedLimit(own_redis.url, 2, clock)
    assert await limit.take("a") == 0
    own_redis.kill()
    assert [await limit.take("a") == 0 for _ in range(3)] == [True, True, False]  # counted here, from the start
    own_redis.start()
    assert await limit.take("a") > 0  # left alone for a while
    clock.now += REST
    assert [await limit.take("a") == 0 for _ in range(3)] == [True, True, False]
    await limit.close()


async def test_a_server_that_does_not_answer_holds_nobody_up() -> None:
    """It takes connections and says nothing."""
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    limit = SharedLimit(f"redis://127.0.0.1:{port}/0", 30)
    began = time.monotonic()
    assert [await limit.take("a") for _ in range(30)] == [0.0] * 30
    assert time.monotonic() - began < 5
    assert await limit.take("a") > 0
    await limit.close()
    silent.close()


def test_a_wrong_address_names_the_setting_and_no_password() -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_REDIS_URL") as caught:
        limit_of("http://:geheim@127.0.0.1", 30)
    assert "geheim" not in str(caught.value)
