"""A worker process killed in the middle of turns, and the one beside it that takes over."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from turn_fakes import answers, put, replies, states

from bot.supervisor import die_with_parent
from foundation.database import Database
from foundation.inbox import CLAIMED, DONE
from foundation.settings import ROOT

pytestmark = pytest.mark.slow

PROGRAM = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from bot import worker as module
from turn_fakes import LIBRARY, FakeAssistant, working
from foundation.database import Database
module.open_library = lambda: LIBRARY
async def main():
    async with working(FakeAssistant(seconds=0.15), Database(sys.argv[1]), sys.argv[2], lease=2):
        print("ready", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
CONVERSATIONS, EACH = 6, 6


def start(url: str, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, name],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip
    return process


def wait(true: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("successor", ["worker-1", pytest.param("worker-2", marks=pytest.mark.long)])
def test_killed_in_the_middle_of_turns(database_url: str, database: Database, successor: str) -> None:
    """`worker-1`: restarted under its own name; `worker-2`: another one, once the leases have run out."""
    workers = [start(database_url, "worker-1")]
    try:
        assert workers[0].stdout and workers[0].stdout.readline() == "ready\n"
        for number in range(EACH):
            for conversation in range(CONVERSATIONS):
                put(database, f"rest:{conversation}", f"问{number}")
        wait(lambda: states(database).count(DONE) >= 5 and CLAIMED in states(database))
        workers[0].kill()
        workers[0].wait()
        assert 0 < states(database).count(DONE) < CONVERSATIONS * EACH
        workers.append(start(database_url, successor))
        wait(lambda: set(states(database)) == {DONE})
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    for conversation in range(CONVERSATIONS):
        name = f"rest:{conversation}"
        assert answers(database, name) == [f"答：问{number}" for number in range(EACH)]
        assert len(replies(database, name)) == 2 * EACH
