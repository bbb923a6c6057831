"""Half of what the machine can do, for a long time: nothing is lost, and nothing grows but the database.

Meanwhile content is published, and one worker is killed. ZHENGWU_TEST_SOAK_MINUTES says how long the long form lasts
(30), ZHENGWU_TEST_SOAK_REPORT names a file that gets its figures.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from city import City, running
from soak_people import People
from soak_report import report
from soak_watch import Watch, growth, more
from sqlalchemy import func, select

from foundation.heartbeat import heartbeats
from foundation.inbox import DONE, inbox
from foundation.outbox import outbox
from knowledge_base.model import Unit
from knowledge_base.store.releases import current, units
from tests.benchmarks.bench.machine import commit, machine
from tests.benchmarks.throughput import mix
from tests.benchmarks.throughput.load import elsewhere
from tests.benchmarks.throughput.process import called, descendants

MINUTES = float(os.environ.get("ZHENGWU_TEST_SOAK_MINUTES", "30"))
REPORT = os.environ.get("ZHENGWU_TEST_SOAK_REPORT")
CLIENTS = 8
"""At once, while the capacity is measured."""
KILLED_AT = 0.2
"""Of the time: before the first third is over, from which on memory must be flat."""
PUBLISHED_AT = (0.1, 0.4, 0.6, 0.8)
LIVE_WITHIN = 600.0
"""Seconds on a machine that is busy with other tests, and while the worker that was killed starts; the report has what
it took."""
MORE_HANDLES, MORE_THREADS, WAL_MB = 40, 4, 64
"""Connections come and go; what leaks would be thousands."""
TOPIC, QUESTION = "soak-drone-lending", "市民中心可以借无人机给小孩玩吗"
FAQ = """
kind: faq
id: {id}
question: {question}
answer: 可以，每人每次借{count}架，当天归还。
sources: [{{title: 示例市市民中心无人机借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""


@dataclass(frozen=True)
class Form:
    seconds: float
    capacity_seconds: float
    look_every: float
    workers: int
    memory: bool
    """Whether it lasts long enough to say that memory is flat."""


MOST_OF_A_WORKER = 400.0
"""Megabytes (PSS)."""
SHORT = Form(12, 3, 0.5, 1, memory=False)
LONG = Form(MINUTES * 60, 30, 10, 2, memory=True)


@pytest.mark.slow
@pytest.mark.parametrize("form", [SHORT, pytest.param(LONG, marks=pytest.mark.long)], ids=["short", "long"])
async def test_half_of_what_it_can_do(form: Form, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    on = machine()
    with chosen(form, request, tmp_path) as city:
        content = published(city)
        messages = mix.city(content, time.time_ns() // 10**9 % 10**6)
        capacity = await asyncio.to_thread(measured, city, messages, form, tmp_path)
        soak = Soak(city, messages, form, tmp_path)
        await soak.run(capacity / 2)
        text = figures(soak, form, on, capacity)
        print(f"\n{text}")
        if REPORT and form is LONG:
            Path(REPORT).write_text(text, encoding="utf-8")
        check_nothing_is_lost(city, soak.people)
    check_nothing_grows(soak.watch, form)
    workers = {key: max(one.memory for one in seen) for key, seen in soak.watch.processes.items() if "worker" in key[0]}
    assert workers and max(workers.values()) <= MOST_OF_A_WORKER, workers


def figures(soak: Soak, form: Form, on: str, capacity: float) -> str:
    """What is kept of a run, whatever becomes of it."""
    facts = [
        ("machine", on),
        ("commit, day", f"{commit()}, {date.today()}"),
        ("how long", f"{form.seconds / 60:.1f} minutes, {form.workers} worker(s), SQLite"),
        ("capacity at the beginning", f"{capacity:.1f} messages/s ({CLIENTS} clients over REST, a city's mix)"),
        ("load", f"{capacity / 2:.1f} messages/s, a third of them in the web chat"),
        ("publications", f"{soak.publications}; live after at most {max(soak.live_after, default=0):.1f} s"),
        ("killed", f"one worker, after {KILLED_AT * form.seconds / 60:.1f} minutes"),
    ]
    return report(soak.people, soak.watch, facts)


@contextmanager
def chosen(form: Form, request: pytest.FixtureRequest, folder: Path) -> Iterator[City]:
    """The city that all tests share, or for the long form one of its own."""
    if form is not LONG:
        yield request.getfixturevalue("city")
        return
    with running(folder, ZHENGWU_WORKERS=str(form.workers), ZHENGWU_RATE_LIMIT="6000") as city:
        yield city


def published(city: City) -> list[Unit]:
    with city.database.read() as tx:
        return [one.unit for one in units(tx, current(tx))]


def measured(city: City, messages: Iterator[str], form: Form, folder: Path) -> float:
    """Messages a second, when so many citizens write again as soon as they are answered."""
    ready = [next(messages) for _ in range(int(600 * form.capacity_seconds))]
    found = elsewhere(city.address, CLIENTS, form.capacity_seconds, ready, folder)
    assert found.answered > 0
    return found.a_second


class Soak:
    def __init__(self, city: City, messages: Iterator[str], form: Form, folder: Path) -> None:
        self._city, self._form, self._folder = city, form, folder
        self._began = time.monotonic()
        database = Path(city.database_url.removeprefix("sqlite:///"))
        self.people = People(city.address, messages, self._began)
        self.watch = Watch(self._roles, [database, database.with_name(f"{database.name}-wal")])
        self.publications = 0
        self.live_after: list[float] = []

    async def run(self, a_second: float) -> None:
        looking = asyncio.create_task(self._look())
        try:
            await asyncio.gather(
                self.people.write(a_second, self._form.seconds), self._kill_a_worker(), self._publish_now_and_then()
            )
        finally:
            looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.to_thread(self.watch.look, time.monotonic() - self._began)
            await asyncio.sleep(self._form.look_every)

    async def _kill_a_worker(self) -> None:
        await asyncio.sleep(KILLED_AT * self._form.seconds)
        os.kill(self._city.worker_pid(), signal.SIGKILL)

    async def _publish_now_and_then(self) -> None:
        before = await asyncio.to_thread(self._release)
        for part in PUBLISHED_AT if self._form.memory else PUBLISHED_AT[:1]:
            await asyncio.sleep(self._began + part * self._form.seconds - time.monotonic())
            self.publications += 1
            await asyncio.to_thread(self._publish, f"{self.publications + 1}")
        if not self._form.memory:  # the city is shared: what was published is taken back
            await asyncio.to_thread(self._city.zhengwu, "kb", "rollback", str(before))

    def _publish(self, number: str) -> None:
        file = self._folder / "faq.yaml"
        file.write_text(FAQ.format(id=TOPIC, question=QUESTION, count=number), encoding="utf-8")
        self._city.zhengwu("kb", "import", str(file))
        self._city.zhengwu("kb", "publish")
        began = time.monotonic()
        while f"{number}架" not in self._city.conversation().say(QUESTION).text:
            assert time.monotonic() - began < LIVE_WITHIN, "what was published is not answered"
            time.sleep(0.1)
        self.live_after.append(time.monotonic() - began)

    def _release(self) -> int:
        with self._city.database.read() as tx:
            return current(tx)

    def _roles(self) -> dict[int, str]:
        """What each process of the city is; workers by the name under which they have signed on."""
        root = self._city.serving
        with self._city.database.read() as tx:
            rows = tx.execute(select(heartbeats.c.name, heartbeats.c.detail).where(heartbeats.c.kind == "worker"))
            workers = {int(row.detail["pid"]): row.name.rpartition("/")[2] for row in rows}
        found = {}
        for pid in (root, *descendants(root)):
            name = workers.get(pid) or ("supervisor" if pid == root else called(pid))
            if name != "worker":  # it has not signed on yet
                found[pid] = name
        return found


def check_nothing_is_lost(city: City, people: People) -> None:
    assert people.lost == []
    assert len(people.answered) == people.sent > 0
    with city.database.read() as tx:
        open_ones = tx.execute(select(func.count()).select_from(inbox).where(inbox.c.state != DONE)).scalar_one()
        ends = select(outbox.c.inbox_id, func.sum(outbox.c.last).label("ends")).where(outbox.c.inbox_id.is_not(None))
        twice = tx.execute(ends.group_by(outbox.c.inbox_id).having(func.sum(outbox.c.last) != 1)).all()
    assert open_ones == 0, f"{open_ones} messages have not been answered"
    assert twice == [], "each message has one answer"


def check_nothing_grows(watch: Watch, form: Form) -> None:
    if not form.memory:
        return
    living = watch.living()
    assert {"gateway", "supervisor"} <= living.keys()
    for role, samples in living.items():
        assert more([one.handles for one in samples]) <= MORE_HANDLES, f"{role} opens more and more files"
        assert more([one.threads for one in samples]) <= MORE_THREADS, f"{role} starts more and more threads"
    assert sum(role.startswith("worker") for role in living) == form.workers
    grown = {role: growth(samples) for role, samples in living.items()}
    assert {role: found for role, found in grown.items() if not found.flat} == {}
    wal = [size for name, sizes in watch.sizes.items() if name.endswith("-wal") for _, size in sizes]
    assert max(wal) < WAL_MB, "what was written is not carried over into the database"
