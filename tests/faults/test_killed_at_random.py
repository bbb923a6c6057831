"""`zhengwu serve` with processes killed at random moments, on both databases: it starts them again by itself, nothing
is lost, nothing answered twice, everything in order."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from branch import SETTINGS, Branch
from city import City
from city import running as running_city
from promises import all_done
from servers import BINARIES, children, postgresql
from under_load import RECOVERS, stay_away, under_load

from channels.readiness import RECENT
from foundation.inbox import DONE

pytestmark = pytest.mark.slow

VICTIMS = ("gateway", "worker-1", "worker-2", "console")
BACK_WITHIN = 300.0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("seed", "rounds"), [(1, 4), pytest.param(int(time.time()), 40, marks=pytest.mark.long)],
                         ids=["short", "long"])  # fmt: skip
def test_killed_at_random_moments(tmp_path: Path, kind: str, seed: int, rounds: int) -> None:
    print(f"\nseed {seed}")
    chance = random.Random(seed)
    with ExitStack() as stack:
        url = None
        if kind == "postgresql":
            if BINARIES is None:
                pytest.skip("the server of PostgreSQL is not installed: apt-get install postgresql")
            url = stack.enter_context(postgresql()).url()
        city = stack.enter_context(running_city(tmp_path, url, **SETTINGS, ZHENGWU_WORKERS="2"))
        with under_load(city.database, [city.address], "killed") as (crowd, _):
            for number in range(rounds):
                victim = VICTIMS[number] if number < len(VICTIMS) else chance.choice(VICTIMS)
                time.sleep(chance.uniform(0, 2))
                before = pid_of(city, victim)
                os.kill(before, signal.SIGKILL)
                until(lambda: pid_of(city, victim) not in (0, before), BACK_WITHIN)  # noqa: B023
            until(lambda: all(pid_of(city, one) for one in VICTIMS), BACK_WITHIN)
            crowd.wait_answered(len(crowd.citizens), RECOVERS)
        assert set(all_done(city.database)) == {DONE}


def test_no_worker_is_left(branch: Branch) -> None:
    """Messages are accepted all the same, and answered when there is a worker again."""
    with under_load(branch.city.database, branch.addresses, "workers") as (_, prober):
        for worker in branch.workers:
            worker.kill()
        noticed = RECENT.total_seconds() + 2
        stay_away(prober, noticed, noticed)
        said = [probes[-1].waiting for probes in prober.probes.values()]
        for worker in branch.workers:
            worker.start()
    assert all(said), "what waits is told while nobody works"


def pid_of(city: City, name: str) -> int:
    """The process that the supervisor runs under a name; 0: none, just now. The console alone is no fork of it."""
    for pid in children(city.serving):
        with suppress(OSError):
            process = Path(f"/proc/{pid}")
            words = (process / "cmdline").read_bytes().split(b"\0")
            if (process / "comm").read_text().strip() == name or (name == "console" and b"console" in words):
                return pid
    return 0


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)
