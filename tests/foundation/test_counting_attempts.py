from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from foundation import attempts
from foundation.attempts import Limit
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import ROOT

LIMIT = Limit(5, timedelta(minutes=15))

GUESSES = """
import sys
from datetime import datetime, timedelta
from foundation import attempts
from foundation.attempts import Limit
from foundation.database import Database

database, now = Database(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
print(end="", flush=True)
done = 0
for _ in range(40):
    with database.write() as tx:
        done += attempts.count(tx, "staff:x", Limit(25, timedelta(minutes=15)), now)
print(done)
"""


def test_so_many_and_no_more_until_the_span_is_over(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        assert [attempts.count(tx, "a", LIMIT, clock.now()) for _ in range(7)] == [True] * 5 + [False] * 2
        assert attempts.until(tx, "a", LIMIT) == clock.now() + LIMIT.within
        assert attempts.count(tx, "b", LIMIT, clock.now())
        attempts.give_back(tx, "a")
        assert [attempts.count(tx, "a", LIMIT, clock.now()) for _ in range(2)] == [True, False]
        clock.advance(minutes=15)
        assert attempts.count(tx, "a", LIMIT, clock.now())


def test_until_when_attempts_are_spent_can_be_asked_without_one(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        assert attempts.spent(tx, "a", LIMIT, clock.now()) is None
        for _ in range(LIMIT.most):
            assert attempts.spent(tx, "a", LIMIT, clock.now()) is None
            attempts.count(tx, "a", LIMIT, clock.now())
        assert attempts.spent(tx, "a", LIMIT, clock.now()) == clock.now() + LIMIT.within
        clock.advance(minutes=15)
        assert attempts.spent(tx, "a", LIMIT, clock.now()) is None
        clock.advance(minutes=-30 - 1)  # it was counted while a clock was wrong
        assert attempts.spent(tx, "a", LIMIT, clock.now()) is None


def test_nothing_is_given_back_that_was_not_counted(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        for _ in range(3):
            attempts.give_back(tx, "a")
        assert [attempts.count(tx, "a", LIMIT, clock.now()) for _ in range(6)] == [True] * 5 + [False]
        for _ in range(9):
            attempts.give_back(tx, "a")
        assert [attempts.count(tx, "a", LIMIT, clock.now()) for _ in range(6)] == [True] * 5 + [False]


def test_old_counts_go(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        attempts.count(tx, "a", LIMIT, clock.now())
        clock.advance(hours=23)
        assert attempts.purge(tx, clock.now()) == 0
        clock.advance(hours=1)
        assert attempts.purge(tx, clock.now()) == 1


def test_threads_share_a_limit(database: Database, clock: FixedClock) -> None:
    def guess(_: int) -> bool:
        with database.write() as tx:
            return attempts.count(tx, "a", LIMIT, clock.now())

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(40))) == LIMIT.most


def test_two_processes_are_no_more_than_one(database: Database, clock: FixedClock) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", GUESSES, url, clock.now().isoformat()]
    guessing = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(one.communicate(timeout=60)[0]) for one in guessing) == 25
