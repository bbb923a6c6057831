from __future__ import annotations

from datetime import timedelta

import pytest

from foundation import audit_chain
from foundation.audit import Entry, entries, record
from foundation.audit_verifying import verify
from foundation.clock import FixedClock
from foundation.database import Database


@pytest.fixture
def log(database: Database, clock: FixedClock) -> Database:
    with database.write() as tx:
        for n in range(5):
            detail = {"字段": [n, 1.0, 1e300, None], "b": {"a": True}}
            record(tx, "lihua" if n % 2 else "operator", "publish", f"release:{n}", detail, clock.now())
            clock.advance(hours=1)
    sealed(database)
    return database


def sealed(database: Database) -> None:
    with database.write() as tx:
        audit_chain.seal(tx)


def test_entries_come_newest_first_and_can_be_narrowed(log: Database, clock: FixedClock) -> None:
    with log.read() as tx:
        assert [e.id for e in entries(tx)] == [5, 4, 3, 2, 1]
        assert [e.id for e in entries(tx, account="lihua")] == [4, 2]
        assert [e.id for e in entries(tx, subject="release:3", action="publish")] == [4]
        assert [e.id for e in entries(tx, before=4, limit=2)] == [3, 2]
        assert [e.id for e in entries(tx, since=clock.now() - timedelta(hours=2))] == [5, 4]
        assert entries(tx, subject="release:1")[0].detail == {"字段": [1, 1.0, 1e300, None], "b": {"a": True}}


def test_what_is_not_sealed_yet_comes_first(log: Database, clock: FixedClock) -> None:
    with log.write() as tx:
        for subject in ("fresh", "fresher"):
            audit_chain.write(tx, Entry(0, clock.now(), "a", "edit", subject, {}))
            clock.advance(minutes=1)
        found = entries(tx, limit=4)
        assert [e.subject for e in found] == ["fresher", "fresh", "release:4", "release:3"] and found[1].id < 0
        assert [e.subject for e in entries(tx, before=found[-1].id, limit=1)] == ["release:2"]


def test_a_transaction_that_fails_leaves_no_entry(log: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), log.write() as tx:
        record(tx, "a", "edit", "x", None, clock.now())
        raise RuntimeError
    with log.write() as tx:
        record(tx, "a", "edit", "y", None, clock.now())
    sealed(log)
    with log.read() as tx:
        assert verify(tx).faults == () and [e.id for e in entries(tx, limit=2)] == [6, 5]
