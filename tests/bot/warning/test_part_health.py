"""How the parts around the assistant do, in plain numbers, and when that is an alarm; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.warning.health import Meter
from foundation import heartbeat, outbox
from foundation.clock import FixedClock
from foundation.counts import COUNTS
from foundation.database import Database
from foundation.inbox import WAITING, inbox
from insights.warning.failing import Health, failing
from insights.warning.series import Series


def count(database: Database, clock: FixedClock, name: str, ok: int, timeout: int, breaker: int = 0) -> None:
    """A process tells what it has counted since it began."""
    calls = [["zhengwu_portal_calls_total", {"operation": "status", "outcome": outcome}, value]
             for outcome, value in (("ok", ok), ("timeout", timeout), ("not_matched", 50))]  # fmt: skip
    told = [
        {"name": "zhengwu_portal_calls", "help": "", "type": "counter", "samples": calls},
        {"name": "breaker", "help": "", "type": "gauge", "samples": [["zhengwu_portal_breaker", {}, breaker]]},
    ]
    with database.write() as tx:
        heartbeat.beat(tx, name, COUNTS, {"metrics": told}, clock.now())


def measure(database: Database, clock: FixedClock, meter: Meter, part: str = "portal") -> Health | None:
    with database.read() as tx:
        return next((one for one in meter.measure(tx, clock.now()) if one.part == part), None)


def test_the_portal_by_what_has_been_counted_since(database: Database, clock: FixedClock) -> None:
    meter = Meter()
    count(database, clock, "w1", 1000, 700)
    assert measure(database, clock, meter) == Health("portal", 0, 0), "nobody knows since when"
    clock.advance(minutes=1)
    count(database, clock, "w1", 1001, 709)
    count(database, clock, "w2", 5, 5)
    assert measure(database, clock, meter) == Health("portal", 9, 10)
    clock.advance(minutes=1)
    count(database, clock, "w1", 2, 1)  # started again
    count(database, clock, "w2", 5, 7)
    assert measure(database, clock, meter) == Health("portal", 12, 65)
    clock.advance(minutes=11)
    count(database, clock, "w1", 2, 1, breaker=2)
    assert measure(database, clock, meter) == Health("portal", 0, 0, down=True)


def test_what_a_channel_did_not_take(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        for number in range(10):
            outbox.add(tx, f"wechat:{number}", "wechat", [{"text": "您好"}], clock.now())
        tx.execute(update(outbox.outbox).values(state=outbox.DELIVERED))
        failed = outbox.outbox.c.conversation.in_([f"wechat:{number}" for number in range(6)])
        tx.execute(update(outbox.outbox).where(failed).values(state=outbox.FAILED))
    assert measure(database, clock, Meter(), "channel:wechat") == Health("channel:wechat", 6, 10)
    clock.advance(minutes=11)
    assert measure(database, clock, Meter(), "channel:wechat") is None


def test_messages_that_nobody_works_on(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        for number, minutes in enumerate((1, 4, 5)):
            at = clock.now() - timedelta(minutes=minutes)
            values = {"conversation": f"web:{number}", "channel": "web", "state": WAITING, "received_at": at}
            tx.execute(insert(inbox).values(**values))
    assert measure(database, clock, Meter(), "inbox") == Health("inbox", 2, 0)


@pytest.mark.parametrize(
    ("health", "alarming"),
    [(Health("portal", 4, 4), False), (Health("portal", 5, 5), True), (Health("portal", 5, 100), False),
     (Health("portal", 30, 100), True), (Health("portal", 0, 0), False), (Health("portal", 0, 0, down=True), True),
     (Health("inbox", 5, 0), True)],
)  # fmt: skip
def test_when_it_is_an_alarm(clock: FixedClock, health: Health, alarming: bool) -> None:
    found = failing([health], clock.now() - timedelta(minutes=10), clock.now())
    assert [one.series for one in found] == ([Series("part", health.part)] if alarming else [])
