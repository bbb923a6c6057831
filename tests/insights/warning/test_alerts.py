"""One alert for each incident, through its life; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from insights.warning import alerts, messages, mutes
from insights.warning.alerts import FALSE, Alert
from insights.warning.series import ALL, CHANNEL, UNIT, Series
from insights.warning.watching import Finding

TOPIC = Series(UNIT, "item:pause")
Report = Callable[..., "int | None"]


def surge(now: datetime, people: int = 46, series: Series = TOPIC, what: str = "surge") -> Finding:
    return Finding(what, series, now - timedelta(hours=1), now, people, 5.0, 3, 8, 1e-12)  # type: ignore[arg-type]


@pytest.fixture
def report(database: Database, clock: FixedClock) -> Report:
    def seen(
        people: int = 46, series: Series = TOPIC, what: str = "surge", samples: tuple[int, ...] = ()
    ) -> int | None:
        with database.write() as tx:
            finding = surge(clock.now(), people, series, what)
            return alerts.report(tx, finding, samples, ("webhook", "wecom"), clock.now())

    return seen


def all_of_them(database: Database) -> list[Alert]:
    with database.read() as tx:
        return alerts.listing(tx)


def kinds(database: Database, id: int) -> list[str]:
    with database.read() as tx:
        return [event.kind for event in alerts.history(tx, id)]


def test_one_incident_is_one_alert_and_is_sent_once(database: Database, clock: FixedClock, report: Report) -> None:
    id = report()
    assert id is not None
    for _ in range(10):
        clock.advance(minutes=1)
        assert report() is None
    [one] = all_of_them(database)
    assert one.people == 46 and one.seen_at == clock.now() and one.going_on and one.waits
    with database.read() as tx:
        assert [(m.address, m.state) for m in messages.of_alert(tx, id)] == [
            ("webhook", "pending"),
            ("wecom", "pending"),
        ]
    assert kinds(database, id) == ["opened"]


def test_it_is_brought_up_to_date_and_says_when_it_gets_much_worse(
    database: Database, clock: FixedClock, report: Report
) -> None:
    id = report(20)
    assert report(24) is None, "not worth a word"
    assert report(40) == id and report(44) is None and report(90) == id
    assert report(12) is None
    [one] = all_of_them(database)
    assert one.people == 90 and one.severity == "urgent"
    assert kinds(database, one.id) == ["opened", "worse", "worse"]


def test_recovery_is_noted_and_the_same_again_is_the_same_incident(
    database: Database, clock: FixedClock, report: Report
) -> None:
    id = report()
    clock.advance(minutes=10)
    with database.write() as tx:
        assert alerts.recover(tx, clock.now()) == []
    clock.advance(minutes=10)
    with database.write() as tx:
        assert alerts.recover(tx, clock.now()) == [id]
        assert alerts.recover(tx, clock.now()) == []
    assert not all_of_them(database)[0].going_on
    clock.advance(minutes=30)
    assert report() == id
    assert all_of_them(database)[0].going_on and kinds(database, all_of_them(database)[0].id)[-1] == "again"
    clock.advance(hours=3)
    with database.write() as tx:
        alerts.recover(tx, clock.now())
    assert report() != id
    assert len(all_of_them(database)) == 2


def test_a_topic_is_one_incident_in_whatever_region(database: Database, clock: FixedClock, report: Report) -> None:
    id = report(20, replace(TOPIC, region="990101"))
    assert report(25, replace(TOPIC, region="990102")) is None
    assert report(90, TOPIC) == id
    [one] = all_of_them(database)
    assert one.series == TOPIC
    assert report(50, Series(UNIT, "item:other")) != id
    assert report(500, Series(ALL)) not in (id, None)
    assert report(0, Series(CHANNEL, "web"), "silence") is not None
    assert len(all_of_them(database)) == 4


def test_who_looks_after_it_and_what_it_was(database: Database, clock: FixedClock, report: Report) -> None:
    id = report()
    assert id is not None
    with database.write() as tx:
        assert alerts.acknowledge(tx, id, "chief", clock.now())
        assert not alerts.acknowledge(tx, id, "other", clock.now())
        assert alerts.waiting(tx) == []
        assert alerts.resolve(tx, id, FALSE, "系统升级", "chief", clock.now())
        assert not alerts.resolve(tx, id, FALSE, "", "other", clock.now())
        assert alerts.verdicts(tx, clock.now() - timedelta(days=1)) == {FALSE: 1}
        assert [one.action for one in audit.entries(tx)] == ["alert.resolve", "alert.acknowledge"]
    clock.advance(minutes=5)
    assert report(200) is None, "whoever closed it knows"
    assert [one.resolved_by for one in all_of_them(database)] == ["chief"]


def test_a_mute_keeps_quiet_until_its_end(database: Database, clock: FixedClock, report: Report) -> None:
    with database.write() as tx:
        mutes.mute(tx, str(TOPIC), clock.now() + timedelta(hours=2), "演练", "chief", clock.now())
    assert report() is None and report(90, replace(TOPIC, region="990101")) is None
    assert report(46, Series(UNIT, "item:other")) is not None
    clock.advance(hours=2, minutes=1)
    assert report() is not None
    with database.write() as tx:
        assert mutes.in_force(tx, clock.now()) == []
        assert mutes.unmute(tx, str(TOPIC), "chief", clock.now()) and not mutes.unmute(tx, "x", "chief", clock.now())
        assert [one.action for one in audit.entries(tx)] == ["alert.unmute", "alert.mute"]


def test_a_message_is_one_senders_at_a_time(database: Database, clock: FixedClock, report: Report) -> None:
    report()
    span = timedelta(seconds=30)
    with database.write() as tx:
        mine, other = messages.take(tx, clock.now(), span), messages.take(tx, clock.now(), span)
        assert mine and other and {mine.address, other.address} == {"webhook", "wecom"}
        assert messages.take(tx, clock.now(), span) is None and not messages.due(tx, clock.now())
        assert messages.sent(tx, other, clock.now())
    clock.advance(seconds=31)
    with database.write() as tx:
        again = messages.take(tx, clock.now(), span)
        assert again and again.id == mine.id and again.key == mine.key and again.attempts == 2
        assert not messages.sent(tx, mine, clock.now()), "whoever was asleep has lost it"
        assert messages.failed(tx, again, "HTTP 400", None)
        assert not messages.due(tx, clock.now() + timedelta(days=1))
