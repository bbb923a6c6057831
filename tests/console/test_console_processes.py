"""The console as it runs: processes of `zhengwu serve --only console` over one database."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx2
import pytest
import websockets
from console_people import PASSWORD
from console_process import Running

from console import door
from console.cookies import CONSOLE
from desk import changes
from foundation import accounts, sessions
from foundation.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]

Start = Callable[[], Running]


@pytest.fixture
def start(tmp_path: Path, database: Database) -> Iterator[Start]:
    """Starts consoles over the test's database."""
    started: list[Running] = []

    def begin() -> Running:
        started.append(Running(tmp_path, database.engine.url.render_as_string(hide_password=False)))
        started[-1].wait()
        return started[-1]

    with database.write() as tx:
        for name, role in (("lihua", "agent"), ("boss", "admin")):
            accounts.add(tx, name, PASSWORD, [role], datetime.now(timezone.utc))
    yield begin
    for one in started:
        one.process.kill()
        one.process.wait()


def test_guessing_at_two_consoles_at_once_is_no_faster(start: Start) -> None:
    consoles = [start(), start()]
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda number: consoles[number % 2].guess("lihua"), range(40)))
    assert statuses.count(403) == door.PER_ACCOUNT.most and statuses.count(429) == 40 - door.PER_ACCOUNT.most
    assert {console.guess("lihua", PASSWORD) for console in consoles} == {429}
    assert consoles[1].guess("boss", PASSWORD) == 303


async def test_what_changes_is_hinted_at_through_every_console(start: Start, database: Database) -> None:
    consoles = [start(), start()]
    with database.write() as tx:
        account = accounts.get(tx, "lihua")
        token = sessions.begin(tx, account.id, datetime.now(timezone.utc), timedelta(hours=1))

    async def first_hint(console: Running) -> float:
        headers = {"Cookie": f"{CONSOLE}={token}", "Origin": console.address}
        async with websockets.connect(f"ws://127.0.0.1:{console.port}/live", extra_headers=headers) as page:
            assert json.loads(await asyncio.wait_for(page.recv(), 5)) == {"changed": ["*"]}
            ready.release()
            assert json.loads(await asyncio.wait_for(page.recv(), 5)) == {"changed": ["conversation:42", "queue"]}
            return time.monotonic()

    ready = asyncio.Semaphore(0)
    pages = [asyncio.create_task(first_hint(console)) for console in consoles for _ in range(10)]
    for _ in pages:
        await asyncio.wait_for(ready.acquire(), 10)
    with database.write() as tx:
        changes.touch(tx, changes.QUEUE, changes.of(42))
    written = time.monotonic()
    assert max([await page for page in pages]) - written < 2


def test_a_console_that_is_killed_leaves_everybody_signed_in(start: Start, database: Database) -> None:
    console = start()
    with database.write() as tx:
        account = accounts.get(tx, "lihua")
        token = sessions.begin(tx, account.id, datetime.now(timezone.utc), timedelta(hours=1))
    console.process.send_signal(signal.SIGKILL)
    console.process.wait()
    again = start()
    answer = httpx2.get(f"{again.address}/whoami", cookies={CONSOLE: token}, headers={"accept": "application/json"})
    assert answer.json() == {"account": "lihua"}


def test_it_stops_when_told_and_says_nothing_of_its_people(start: Start) -> None:
    console = start()
    assert console.guess("lihua", "secret word of mine") == 403
    assert console.guess("lihua", PASSWORD) == 303
    console.process.send_signal(signal.SIGTERM)
    assert console.process.wait(10) == 0
    said = console.log.read_text()
    assert "lihua" not in said and "secret word" not in said and "Traceback" not in said
