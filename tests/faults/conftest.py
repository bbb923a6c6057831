from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "end_to_end"))  # the city

from branch import Branch, running
from servers import BINARIES, REDIS, OwnPostgreSQL, OwnRedis, postgresql


@pytest.fixture(scope="module")
def own_postgresql() -> Iterator[OwnPostgreSQL]:
    """A PostgreSQL server that runs; a test leaves it running and as it was."""
    if BINARIES is None:
        pytest.skip("the server of PostgreSQL is not installed: apt-get install postgresql")
    with postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """A Redis server that runs; a test leaves it running."""
    if REDIS is None:
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OwnPostgreSQL, OwnRedis]]:
    """Those under the branch: a PostgreSQL and a Redis that no other test touches."""
    if BINARIES is None or REDIS is None:
        pytest.skip("the servers of PostgreSQL and Redis are not installed: apt-get install postgresql redis-server")
    redis = OwnRedis(tmp_path_factory.mktemp("redis"))
    with postgresql() as server:
        redis.start()
        yield server, redis
        redis.stop()


@pytest.fixture(scope="session")
def branch(tmp_path_factory: pytest.TempPathFactory, servers: tuple[OwnPostgreSQL, OwnRedis]) -> Iterator[Branch]:
    """Two gateways, two workers and a console on those; each test leaves it as it was."""
    with running(tmp_path_factory.mktemp("branch"), *servers) as branch:
        yield branch
