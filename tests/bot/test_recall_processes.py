"""A recall to many: killed in the middle it doubles nothing, and who asks something meanwhile is answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import func, select
from turn_fakes import LIBRARY, FakeAssistant, answers, put, working

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "knowledge_base" / "recalls"))

from recall_town import answer, card, publish, sent

from actions.surroundings import Surroundings
from bot import recalling
from bot import worker as module
from bot.supervisor import die_with_parent
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.outbox import outbox
from foundation.settings import ROOT, Settings
from knowledge_base.recalls import progress
from knowledge_base.records import answer_records

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]
PEOPLE = 600
PROGRAM = """
import asyncio, sys
from actions.surroundings import Surroundings
from bot import recalling
from foundation.database import Database
from foundation.settings import load_settings
recalling.SPACING, recalling.SPAN = 0.02, recalling.timedelta(seconds=1)
async def main():
    settings = load_settings(_env_file=None, secret_key="5a" * 32)
    here = Surroundings.of_settings(settings, database=Database(sys.argv[1]))
    async with recalling.recalling(here, sys.argv[2]):
        print("ready", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


def wrong(database: Database, people: int) -> int:
    now = SystemClock().now()
    with database.write() as tx:
        publish(tx, card(fee=[{"amount": "40"}]), now=now - timedelta(days=2))
        for number in range(people):
            answer(tx, f"web:{number:05}", now - timedelta(days=1))
        publish(tx, card(fee=[{"amount": "10"}]), now=now - timedelta(hours=1))
        return sent(tx, now)


def start(url: str, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, name],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True,
        preexec_fn=die_with_parent,
    )  # fmt: skip


def written(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(outbox)).scalar_one())


def test_killed_in_the_middle_nobody_is_told_twice(database: Database, database_url: str) -> None:
    id = wrong(database, PEOPLE)
    processes = [start(database_url, "worker-0"), start(database_url, "worker-00")]
    try:
        deadline = time.monotonic() + 240
        for kill in range(1, 4):
            while written(database) < kill * PEOPLE // 5:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            for process in processes:
                process.kill()
                process.wait()
            assert written(database) < PEOPLE, "it was killed in the middle"
            processes = [start(database_url, f"worker-{kill}")]
        while written(database) < PEOPLE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)  # whoever would say it twice would do so now
    finally:
        for process in processes:
            process.kill()
            process.wait()
    with database.read() as tx:
        told = Counter(tx.execute(select(outbox.c.conversation)).scalars())
        assert len(told) == PEOPLE and set(told.values()) == {1}
        assert progress.counts(tx, id).of("sent") == PEOPLE
        kept = select(func.count()).where(answer_records.c.approved_by == "chief")
        assert tx.execute(kept).scalar_one() == PEOPLE, "each with a record of its own"


async def test_answers_are_not_held_up(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)

    async def seconds(conversation: str) -> float:
        took = []
        for number in range(30):
            began = time.monotonic()
            put(database, conversation, f"问{number}")
            while len(answers(database, conversation)) <= number:
                await asyncio.sleep(0.005)
            took.append(time.monotonic() - began)
        return median(took)

    id = await asyncio.to_thread(wrong, database, 4000)
    here = Surroundings.of_settings(settings, database=database)
    async with working(FakeAssistant(), database):
        alone = await seconds("rest:before")
        async with recalling.recalling(here, "worker-1"):
            replied = written(database)
            while written(database) == replied:
                await asyncio.sleep(0.01)
            before = written(database)
            beside = await seconds("rest:beside")
            assert written(database) > before + 60, "corrections went out meanwhile"
    with database.read() as tx:
        assert progress.counts(tx, id).of("to_send") > 0, "it was still under way"
    print(f"\nan answer alone {1000 * alone:.0f} ms, beside a recall {1000 * beside:.0f} ms")
    assert beside < 10 * alone + 0.5
