"""A branch office on servers of its own: two gateways, two workers and a console, each a process that may die."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from behind_nginx import Part
from city import City, free_port, prepared
from servers import OwnPostgreSQL, OwnRedis

STARTS_WITHIN = 600.0
SETTINGS = {"ZHENGWU_ENCODER": "none", "ZHENGWU_RATE_LIMIT": "600"}
"""Ready sooner, and as good for what is tried here; a limit that nobody reaches, so that Redis is asked."""


class Branch:
    def __init__(self, city: City, postgresql: OwnPostgreSQL, redis: OwnRedis) -> None:
        self.city, self.postgresql, self.redis = city, postgresql, redis
        self.gateways = [Part(city, f"gateway-{n}", "gateway", free_port()) for n in (1, 2)]
        self.workers = [Part(city, f"worker-{n}", "worker", None) for n in (1, 2)]
        self.console = Part(city, "console", "console", free_port())
        self.addresses = [f"http://127.0.0.1:{part.port}" for part in self.gateways]

    @property
    def parts(self) -> list[Part]:
        return [*self.gateways, *self.workers, self.console]

    def start(self) -> None:
        for part in self.parts:
            part.start()
        deadline = time.monotonic() + STARTS_WITHIN
        for part in self.parts:
            while not part.serves():
                assert time.monotonic() < deadline, f"{part.name} is not ready:\n{self.log(part)}"
                time.sleep(0.1)

    def stop(self) -> None:
        for part in self.parts:
            part.kill()

    def log(self, part: Part) -> str:
        return (self.city.folder / f"{part.name}.log").read_text(encoding="utf-8", errors="replace")

    def check_alive(self) -> None:
        """Every process outlived what happened, and nothing that it does beside its work has ended."""
        for part in self.parts:
            assert part.serves(), f"{part.name} does not serve:\n{self.log(part)[-3000:]}"
            assert "Task exception was never retrieved" not in self.log(part), self.log(part)[-5000:]


@contextmanager
def running(folder: Path, postgresql: OwnPostgreSQL, redis: OwnRedis) -> Iterator[Branch]:
    """The branch, ready, on a fresh database with the sample city's content."""
    postgresql.sql("DROP DATABASE IF EXISTS branch WITH (FORCE)", "CREATE DATABASE branch")
    with prepared(folder, postgresql.url("branch"), **SETTINGS, ZHENGWU_REDIS_URL=redis.url) as city:
        running = Branch(city, postgresql, redis)
        try:
            running.start()
            yield running
        finally:
            running.stop()
