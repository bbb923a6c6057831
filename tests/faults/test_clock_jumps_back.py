"""What was written while the clock was ahead keeps nobody waiting once it is right again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from channels import passive
from channels.delivery import ledger
from channels.readiness import Readiness
from desk import case_deliveries, handovers, leaving, presence
from desk.case_tables import cases
from desk.handovers import Request
from desk.tables import agents
from foundation import accounts, attempts, heartbeat, leases, outbox, retention_runs, sessions
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.inbox import Inbox, Incoming, inbox
from foundation.settings import Settings
from insights import rolling
from insights.rollups import rolled_days
from insights.warning import messages
from insights.warning.tables import alert_messages, alerts

LEASE = timedelta(seconds=20)
CHANNEL, CITIZEN = "wechat", "wechat:a"


@pytest.fixture
def database(upgraded_file: Path, tmp_path: Path) -> Iterator[Database]:
    """On SQLite alone: what is compared is the same on both."""
    shutil.copy(upgraded_file, tmp_path / "zhengwu.db")
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    yield database
    database.close()


@pytest.fixture(params=[{"days": 1}, {"days": 365}], ids=["a day ahead", "a year ahead"])
def ahead(request: pytest.FixtureRequest) -> timedelta:
    return timedelta(**request.param)


def test_a_claim(database: Database, cipher: Cipher, clock: FixedClock, ahead: timedelta) -> None:
    box = Inbox(cipher)
    with database.write() as tx:
        box.accept(tx, Incoming(CITIZEN, CHANNEL, "问"), clock.now())
        held = box.claim(tx, "worker-1", clock.now() + ahead, LEASE)
        assert held is not None
    with database.write() as tx:
        again = box.claim(tx, "worker-2", clock.now(), LEASE)
        assert again is not None and again.fence == 2
        assert box.claim(tx, "worker-3", clock.now(), LEASE) is None, "a claim of now holds"


def test_a_lease(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    with database.write() as tx:
        leases.acquire(tx, "desk", "dead", clock.now() + ahead, timedelta(seconds=15))
    with database.write() as tx:
        mine = leases.acquire(tx, "desk", "alive", clock.now(), timedelta(seconds=15))
        assert mine is not None and mine.fence == 2
        assert leases.acquire(tx, "desk", "another", clock.now(), timedelta(seconds=15)) is None


async def test_a_worker_that_died_meanwhile(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    with database.write() as tx:
        heartbeat.beat(tx, "worker-1", heartbeat.WORKER, {}, clock.now() + ahead)
    readiness = Readiness(database, clock)
    assert "no worker" in str(await readiness.missing())
    readiness.close()


def test_a_reply_that_a_request_was_to_carry(
    database: Database, cipher: Cipher, clock: FixedClock, ahead: timedelta
) -> None:
    then, now = clock.now() + ahead, clock.now()
    with database.write() as tx:
        mine = Inbox(cipher).accept(tx, Incoming(CITIZEN, CHANNEL, "问", "1"), then, then + timedelta(seconds=14))
        outbox.add(tx, CITIZEN, CHANNEL, [{"text": "答"}], then, mine.id)
    with database.read() as tx:
        assert ledger.due(tx, CHANNEL, now, 9) == [CITIZEN]
        assert [reply.body["text"] for reply in ledger.next_replies(tx, CITIZEN, now)] == ["答"]
        assert [reply.body["text"] for reply in passive.owed(tx, CITIZEN, now)] == ["答"]
    with database.write() as tx:  # its gateway claimed it, and died
        tx.execute(update(inbox).values(passive_until=None))
        assert outbox.claim(tx, [1], outbox.PASSIVE, then)
    with database.read() as tx:
        assert ledger.due(tx, CHANNEL, now, 9) == [CITIZEN]
        assert len(ledger.next_replies(tx, CITIZEN, now)) == 1


def test_attempts_that_were_used_up(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    limit = attempts.Limit(3, timedelta(minutes=15))
    with database.write() as tx:
        for _ in range(3):
            assert attempts.count(tx, "staff:li", limit, clock.now() + ahead)
    with database.write() as tx:
        tried = [attempts.count(tx, "staff:li", limit, clock.now()) for _ in range(4)]
    assert tried == [True, True, True, False], "and from now on they are counted"


def test_sessions_of_the_staff(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    idle, life = timedelta(minutes=30), timedelta(hours=12)
    with database.write() as tx:
        li = accounts.add(tx, "li", None, ["agent"], clock.now()).id
        before = sessions.begin(tx, li, clock.now(), life)
        found = sessions.find(tx, before, clock.now(), idle)
        assert found is not None
        sessions.touch(tx, found, clock.now() + ahead)
        meanwhile = sessions.begin(tx, li, clock.now() + ahead, life)
    with database.read() as tx:
        assert sessions.find(tx, before, clock.now(), idle) is not None, "who was signed in stays so"
        assert sessions.find(tx, meanwhile, clock.now(), idle) is None, "or it would last as much too long"


def test_the_nightly_run(database: Database, clock: FixedClock, settings: Settings, ahead: timedelta) -> None:
    then = FixedClock(clock.now() + ahead)
    retention_runs.carry_out(database, then, settings, "here", "system", rest=0)
    with database.read() as tx:
        assert retention_runs.is_due(tx, clock.now())
    retention_runs.carry_out(database, clock, settings, "here", "system", rest=0)
    with database.read() as tx:
        assert not retention_runs.is_due(tx, clock.now())


def test_an_agent_who_has_gone(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    with database.write() as tx:
        accounts.add(tx, "wang", None, ["agent"], clock.now())
        presence.beat(tx, "wang", clock.now() + ahead)
    with database.read() as tx:
        assert not presence.agent(tx, "wang", clock.now()).present
        assert presence.available(tx, clock.now()) == []
    with database.write() as tx:
        presence.beat(tx, "wang", clock.now())
        assert presence.agent(tx, "wang", clock.now()).present
        assert tx.execute(select(agents.c.seen_at)).scalar_one() == clock.now()


def test_a_citizen_who_has_left(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    silent, now = timedelta(minutes=10), clock.now()
    with database.write() as tx:
        handovers.open_handover(tx, Request("web:a", "web", reason="asked"), now)
        handovers.seen(tx, "web:a", now + ahead)
        assert leaving.set_right(tx, now) == 1
        assert leaving.drop_gone(tx, now, silent, ["web"], now) == [], "perhaps they are still there"
        assert len(leaving.drop_gone(tx, now + 2 * silent, silent, ["web"], now)) == 1


def test_an_outside_system_that_is_told_of_cases(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    with database.write() as tx:
        texts = dict.fromkeys(("channel", "kind", "state", "what", "place", "happened", "department"), "-")
        tx.execute(insert(cases).values(number="S-1", has_contact=False, filed_at=clock.now(), version=1, **texts))
        case_deliveries.add(tx, 1, "filed", clock.now() + ahead)
        found = case_deliveries.due(tx, clock.now())
        assert found is not None and case_deliveries.failed(tx, found, "500", clock.now() + timedelta(hours=7))
        assert case_deliveries.due(tx, clock.now()) is None, "a pause of now is kept"


def test_a_notice_of_an_alert(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    with database.write() as tx:
        whole = dict.fromkeys(("people", "expected", "low", "high"), 0) | dict.fromkeys(
            ("what", "subject", "severity"), "-"
        )
        times = dict.fromkeys(("opened_at", "seen_at", "since", "until"), clock.now())
        tx.execute(insert(alerts).values(samples=[], **whole, **times))
        tx.execute(insert(alert_messages).values(
            alert=1, address="webhook", key="k", state=messages.PENDING, attempts=1, next_at=clock.now() + ahead
        ))  # fmt: skip
        assert messages.take(tx, clock.now(), timedelta(seconds=30)) is not None
        assert not messages.due(tx, clock.now())


def test_days_that_were_taken_for_over(database: Database, clock: FixedClock, ahead: timedelta) -> None:
    today = date(2026, 11, 23)
    with database.write() as tx:
        for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
            tx.execute(insert(rolled_days).values(day=day, turns=0, at=clock.now() + ahead))
    with database.write() as tx:
        assert rolling.forget_to_come(tx, clock.now()) == 2
    with database.read() as tx:
        assert tx.execute(select(rolled_days.c.day)).scalars().all() == [today - timedelta(days=1)]
