"""The desk with several processes on one database, as consoles and workers are: nobody twice, nobody lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from desk import figures, handovers, presence
from desk.handovers import CLOSED, WAITING, WITH_AGENT, WRAP_UP
from desk.hours import Hours
from desk.tables import agent_messages, handover_spans
from desk.tables import handovers as rows
from foundation import audit, audit_verifying
from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from foundation.database import Database
from foundation.dialogue import tracker_events
from foundation.outbox import outbox
from foundation.settings import ROOT
from foundation.shifts import parse_shifts

pytestmark = [pytest.mark.slow, pytest.mark.mainly("postgresql")]
HOURS = Hours(parse_shifts("09:00-12:00,13:30-17:00"), WorkCalendar().is_workday)
PROGRAM = Path(__file__).with_name("desk_process.py")
AGENTS = [f"agent{number}" for number in range(10)]
UNDER_WAY = 2.5
"""Seconds until all processes have started."""


def run(url: str, what: str, account: str, start: float) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), url, what, account, str(start)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZHENGWU_SECRET_KEY": "5a" * 32}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def all_at_once(url: str, what: str, accounts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What each account's process did."""
    start = time.time() + UNDER_WAY
    processes = {account: run(url, what, account, start) for account in accounts}
    did = {}
    for account, process in processes.items():
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0, account
        did[account] = [json.loads(line) for line in printed.splitlines()]
    return did


def fill(database: Database, waiting: int, capacity: int = 5) -> None:
    with database.write() as tx:
        for account in AGENTS:
            hire(tx, account)
            presence.set_capacity(tx, account, capacity, "zhao", NOW)
        for number in range(waiting):
            ask(
                tx, f"web:{number}", NOW - timedelta(seconds=number), mood=["calm", "annoyed", "distressed"][number % 3]
            )


def nothing_is_half_done(tx: Connection) -> None:
    """Each handover's row, spans, tracker, replies and audit entries tell the same story."""
    assert audit_verifying.verify(tx).faults == ()
    for found in tx.execute(select(rows)).mappings():
        spans = handovers.history(tx, found["id"])
        running = [one for one in spans if one.until is None]
        assert [one.state for one in running] == ([] if found["state"] == CLOSED else [found["state"]])
        assert all(one.until == other.since for one, other in pairwise(spans))
        assert found["version"] == len(spans) + (found["state"] == CLOSED)
        query = select(tracker_events.c.type).where(tracker_events.c.conversation == found["conversation"])
        events = Counter(tx.execute(query).scalars())
        assert events["pause"] == 1 and events["resume"] == (found["state"] in (WRAP_UP, CLOSED))
        mine = select(func.count()).select_from(agent_messages).where(agent_messages.c.handover == found["id"])
        sent = tx.execute(mine).scalar_one()
        replies = select(func.count()).select_from(outbox).where(outbox.c.conversation == found["conversation"])
        assert sent == tx.execute(replies).scalar_one() == events["bot"] == (found["first_reply_at"] is not None)
        actions = Counter(entry.action for entry in audit.entries(tx, subject=f"handover:{found['id']}"))
        taken = sum(one.state == WITH_AGENT for one in spans)
        assert actions["desk.take"] + actions["desk.assign"] == taken and actions["desk.say"] == sent


def plainly_open(start: datetime, end: datetime) -> float:
    """Seconds of open desk on that Monday, without the code that is tested."""
    shifts = [((9, 0), (12, 0)), ((13, 30), (17, 0))]
    day = NOW.astimezone(CHINA)
    open_seconds = 0.0
    for since, until in shifts:
        first, last = day.replace(hour=since[0], minute=since[1]), day.replace(hour=until[0], minute=until[1])
        open_seconds += max(0.0, (min(end, last) - max(start, first)).total_seconds())
    return open_seconds


def test_two_hundred_wait_and_ten_agents_take_at_once(database: Database, database_url: str) -> None:
    fill(database, 200)
    did = all_at_once(database_url, "serve", AGENTS)

    lines = [{**line, "account": account} for account, mine in did.items() for line in mine]
    assert sorted(line["id"] for line in lines) == list(range(1, 201)), "each exactly once"
    assert sum(bool(mine) for mine in did.values()) >= 5, "and not all by one"
    for line in lines:
        line |= {key: datetime.fromisoformat(line[key]) for key in ("taken_at", "said_at", "closed_at")}
    with database.read() as tx:
        nothing_is_half_done(tx)
        assert tx.execute(select(rows.c.state, func.count()).group_by(rows.c.state)).all() == [(CLOSED, 200)]
        opened = dict(tx.execute(select(rows.c.id, rows.c.opened_at)).all())
        whole = figures.overall(tx, NOW - timedelta(days=1), NOW + timedelta(days=1), HOURS)
        work = figures.by_agent(tx, NOW - timedelta(days=1), NOW + timedelta(days=30), HOURS)

    waits = [plainly_open(opened[line["id"]], line["taken_at"]) for line in lines]
    replies = [plainly_open(opened[line["id"]], line["said_at"]) for line in lines]
    handlings = [plainly_open(line["taken_at"], line["closed_at"]) for line in lines]
    assert (whole.handovers, whole.taken, whole.left) == (200, 200, 0)
    assert whole.wait_median == pytest.approx(median(waits), abs=1e-3)
    assert whole.wait_longest == pytest.approx(max(waits), abs=1e-3)
    assert whole.first_reply_median == pytest.approx(median(replies), abs=1e-3)
    assert whole.first_reply_longest == pytest.approx(max(replies), abs=1e-3)
    assert whole.handling_mean == pytest.approx(mean(handlings), abs=1e-3)
    assert {one.account: one.conversations for one in work} == {who: len(mine) for who, mine in did.items() if mine}
    for one in work:
        spent = [plainly_open(line["taken_at"], line["closed_at"]) for line in lines if line["account"] == one.account]
        assert one.handling_total == pytest.approx(sum(spent), abs=1e-3)


def test_who_is_too_late_learns_who_has_it(database: Database, database_url: str) -> None:
    fill(database, 60, capacity=50)
    did = all_at_once(database_url, "grab", AGENTS[:5])
    taken = {line["id"]: account for account, mine in did.items() for line in mine if "refused" not in line}
    assert sum("refused" not in line for mine in did.values() for line in mine) == len(taken) == 60
    for line in (line for mine in did.values() for line in mine if "refused" in line):
        assert f"{taken[line['id']]}的名字" in line["refused"]
    with database.read() as tx:
        nothing_is_half_done(tx)
        assert dict(tx.execute(select(rows.c.id, rows.c.assigned_to)).all()) == taken


def test_two_supervisors_assign_at_once(database: Database, database_url: str) -> None:
    with database.write() as tx:
        for name in ("qian", "sun"):
            hire(tx, name, role="supervisor")
            hire(tx, f"{name}-agent")
        for number in range(40):
            ask(tx, f"web:{number}")
    did = all_at_once(database_url, "assign", ["qian", "sun"])
    won = {line["id"]: f"{who}-agent" for who, mine in did.items() for line in mine if "refused" not in line}
    refused = [line for mine in did.values() for line in mine if "refused" in line]
    assert len(won) == len(refused) == 40 and len(set(won.values())) == 2
    assert all(f"{won[line['id']]}的名字" in line["refused"] for line in refused)
    with database.read() as tx:
        nothing_is_half_done(tx)
        assert dict(tx.execute(select(rows.c.id, rows.c.assigned_to)).all()) == won


def test_a_process_killed_while_it_takes_leaves_nothing_half_done(database: Database, database_url: str) -> None:
    fill(database, 3)
    process = run(database_url, "hang", "agent0", time.time())
    assert process.stdout
    held = json.loads(process.stdout.readline())["id"]
    process.kill()
    process.wait()
    process.stdout.close()
    with database.write() as tx:
        nothing_is_half_done(tx)
        assert handovers.get(tx, held).state == WAITING
        assert handovers.take(tx, held, "agent1", NOW).assigned_to == "agent1"


def test_agents_killed_again_and_again_finish_all_in_the_end(database: Database, database_url: str) -> None:
    fill(database, 100)
    for _ in range(4):
        processes = [run(database_url, "resume", account, time.time()) for account in AGENTS[:2]]
        assert processes[0].stdout
        for _ in range(random.randint(1, 4)):
            assert processes[0].stdout.readline(), "it is in the middle of its work"
        time.sleep(random.uniform(0, 0.02))
        for process in processes:
            process.kill()
            process.communicate()
        with database.read() as tx:
            nothing_is_half_done(tx)
    all_at_once(database_url, "resume", AGENTS[:2])
    with database.read() as tx:
        nothing_is_half_done(tx)
        assert tx.execute(select(func.count()).select_from(rows).where(rows.c.state == CLOSED)).scalar_one() == 100
        assert tx.execute(select(func.count()).select_from(handover_spans)).scalar_one() == 3 * 100
