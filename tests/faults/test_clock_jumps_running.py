"""The clock of a whole running system is set a year ahead, and put right again: nobody waits, nothing is said twice."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from city import City, running
from sqlalchemy import select
from test_from_next_month import MovedClock

from foundation.clock import CHINA, SystemClock
from foundation.inbox import DONE, inbox
from foundation.outbox import outbox

pytestmark = pytest.mark.slow
QUESTION = "身份证丢了怎么补办"
PATIENCE = 300.0
"""Seconds, for a worker that starts on a busy machine."""


def until(what: str, holds: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.1)


def ask(city: City, sender: str) -> Any:
    """One question, sent again under its id until it is answered."""
    while (response := city.post(sender, QUESTION, f"{sender}-1")).status in (202, 503):
        time.sleep(0.2)
    assert response.status == 200, response
    return response.body[-1]["custom"]["answer"]


@pytest.mark.parametrize("days", [365, *(pytest.param(days, marks=pytest.mark.long) for days in (1, -1, -365))])
def test_while_citizens_ask(tmp_path: Path, days: int) -> None:
    clock, right = MovedClock(tmp_path), SystemClock().now
    clock.set(right())
    with running(tmp_path, ZHENGWU_ENCODER="none", **clock.environment) as city:
        first = ask(city, "before")
        clock.set(right() + timedelta(days=days))
        assert ask(city, "meanwhile")["id"] == first["id"]
        until("the worker tells that it lives", lambda: city.health()[0] == 200)

        # Killed with a message in its hands, just before the clock is put right.
        worker = city.worker_pid()
        os.kill(worker, signal.SIGSTOP)
        with ThreadPoolExecutor(4) as citizens:
            asked = [citizens.submit(ask, city, f"caught-{number}") for number in range(4)]
            time.sleep(0.5)
            os.kill(worker, signal.SIGKILL)
            clock.set(right())
            # A worker that is there again within a second may be sooner than /health looks.
            until("/health owns up to it", lambda: city.health()[0] == 503 or city.worker_pid() != worker)
            answers = [one.result(PATIENCE) for one in asked]
        until("a worker is there again", lambda: city.health()[0] == 200)
        assert {answer["id"] for answer in answers} == {first["id"]}
        assert ask(city, "after")["id"] == first["id"]

        with city.database.read() as tx:
            rows = tx.execute(select(inbox)).all()
            ends = tx.execute(select(outbox.c.inbox_id).where(outbox.c.last == 1)).scalars().all()
        assert {row.state for row in rows} == {DONE} and len(rows) == 7 + 1  # the one that waited for the start
        assert sorted(ends) == sorted(row.id for row in rows), "each is answered once"
        today = right().astimezone(CHINA).date()
        late = [row for row in rows if row.message_id in ("after-1", *(f"caught-{n}-1" for n in range(4)))]
        assert {row.done_at.astimezone(CHINA).date() for row in late} <= {today}
