from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from foundation.audit import audit, entries, record, verify_chain
from foundation.clock import FixedClock
from foundation.database import Database


@pytest.fixture
def log(database: Database, clock: FixedClock) -> Database:
    with database.write() as tx:
        for n in range(5):
            detail = {"字段": [n, 1.0, 1e300, None], "b": {"a": True}}
            record(tx, "lihua" if n % 2 else "operator", "publish", f"release:{n}", detail, clock.now())
            clock.advance(hours=1)
    return database


def test_entries_come_newest_first_and_can_be_narrowed(log: Database, clock: FixedClock) -> None:
    with log.read() as tx:
        assert [e.id for e in entries(tx)] == [5, 4, 3, 2, 1]
        assert [e.id for e in entries(tx, account="lihua")] == [4, 2]
        assert [e.id for e in entries(tx, subject="release:3", action="publish")] == [4]
        assert [e.id for e in entries(tx, before=4, limit=2)] == [3, 2]
        assert [e.id for e in entries(tx, since=clock.now() - timedelta(hours=2))] == [5, 4]
        assert entries(tx, subject="release:1")[0].detail == {"字段": [1, 1.0, 1e300, None], "b": {"a": True}}
        assert verify_chain(tx) is None


@pytest.mark.parametrize("values", [{"account": "x"}, {"detail": {}}, {"subject": ""}, {"hash": "0" * 64}])
def test_an_altered_entry_is_found(log: Database, values: dict[str, object]) -> None:
    with log.write() as tx:
        tx.execute(update(audit).where(audit.c.id == 3).values(values))
        assert verify_chain(tx) == 3


@pytest.mark.parametrize(("gone", "found"), [(1, 2), (3, 4)])
def test_a_missing_entry_is_found(log: Database, gone: int, found: int) -> None:
    with log.write() as tx:
        tx.execute(delete(audit).where(audit.c.id == gone))
        assert verify_chain(tx) == found


def test_the_chain_holds_when_many_write_at_once(database: Database, clock: FixedClock) -> None:
    def write(n: int) -> None:
        with database.write() as tx:
            record(tx, "a", "edit", str(n), None, clock.now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with database.read() as tx:
        assert verify_chain(tx) is None
        assert len(entries(tx)) == 40


def test_a_transaction_that_fails_leaves_no_entry(log: Database, clock: FixedClock) -> None:
    with pytest.raises(RuntimeError), log.write() as tx:
        record(tx, "a", "edit", "x", None, clock.now())
        raise RuntimeError
    with log.write() as tx:
        record(tx, "a", "edit", "y", None, clock.now())
        assert verify_chain(tx) is None
