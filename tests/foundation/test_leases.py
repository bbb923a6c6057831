from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import timedelta

import pytest

from foundation import leases
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import LeaseLost
from foundation.leases import Lease

SPAN = timedelta(seconds=4)


def acquire(database: Database, clock: FixedClock, holder: str, name: str = "delivery:wechat") -> Lease | None:
    with database.write() as tx:
        return leases.acquire(tx, name, holder, clock.now(), SPAN)


def test_one_holder_until_it_expires(database: Database, clock: FixedClock) -> None:
    first = acquire(database, clock, "a")
    assert first == Lease("delivery:wechat", "a", 1)
    clock.advance(seconds=3)
    assert acquire(database, clock, "b") is None
    assert acquire(database, clock, "a") == first, "prolonged, with the same fence"
    clock.advance(seconds=3)
    assert acquire(database, clock, "b") is None
    clock.advance(seconds=1)
    assert acquire(database, clock, "b") == Lease("delivery:wechat", "b", 2)
    assert acquire(database, clock, "a") is None
    assert acquire(database, clock, "a", "token:wechat") == Lease("token:wechat", "a", 1)


def test_one_who_slept_over_a_change_is_told(database: Database, clock: FixedClock) -> None:
    mine = acquire(database, clock, "a")
    assert mine is not None
    clock.advance(seconds=10)
    with database.write() as tx:
        leases.require(tx, mine)  # late, but nobody came
    assert acquire(database, clock, "b") is not None
    with pytest.raises(LeaseLost, match="delivery:wechat"), database.write() as tx:
        leases.require(tx, mine)
    clock.advance(seconds=10)
    again = acquire(database, clock, "a")
    assert again is not None and again.fence == 3
    with pytest.raises(LeaseLost), database.write() as tx:
        leases.require(tx, mine)


def test_what_is_given_up_is_free_at_once(database: Database, clock: FixedClock) -> None:
    mine = acquire(database, clock, "a")
    assert mine is not None
    with database.write() as tx:
        leases.release(tx, mine, clock.now())
    other = acquire(database, clock, "b")
    assert other is not None
    with database.write() as tx:
        leases.release(tx, mine, clock.now())  # not ours any more: nothing happens
    assert acquire(database, clock, "a") is None


def test_of_many_at_once_one_gets_it(database: Database, clock: FixedClock) -> None:
    for _ in range(5):
        start = threading.Barrier(6)

        def run(n: int, start: threading.Barrier = start) -> Lease | None:
            start.wait()
            return acquire(database, clock, str(n))

        with ThreadPoolExecutor(6) as pool:
            got = list(pool.map(run, range(6)))
        assert sum(lease is not None for lease in got) == 1
        clock.advance(seconds=5)


def test_nobody_takes_it_over_in_the_middle_of_a_transaction(database: Database, clock: FixedClock) -> None:
    mine = acquire(database, clock, "a")
    assert mine is not None
    clock.advance(seconds=10)
    with ThreadPoolExecutor(1) as pool:
        with database.write() as tx:
            leases.require(tx, mine)
            taking = pool.submit(acquire, database, clock, "b")
            with pytest.raises(FutureTimeout):
                taking.result(timeout=0.3)
        assert taking.result(timeout=10) == Lease("delivery:wechat", "b", 2)
