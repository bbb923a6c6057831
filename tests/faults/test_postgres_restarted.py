"""PostgreSQL crashes, goes away, hangs, takes no writes or no connections, under load. What was accepted is answered
once, in order; /health tells what is true; all goes on by itself, and no process has to be started again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from branch import Branch
from citizens import Crowd
from probing import Prober
from servers import FAST, IMMEDIATE
from under_load import RECOVERS, stay_away, under_load

pytestmark = pytest.mark.slow


@contextmanager
def busy(branch: Branch, run: str) -> Iterator[tuple[Crowd, Prober]]:
    """`under_load`, and the processes outlive it."""
    with under_load(branch.city.database, branch.addresses, run) as both:
        yield both
    branch.check_alive()


@pytest.mark.parametrize("times", [3, pytest.param(25, marks=pytest.mark.long)])
def test_it_crashes(branch: Branch, times: int) -> None:
    with busy(branch, "crash") as (crowd, _):
        for number in range(times):
            branch.postgresql.stop(signal.SIGKILL if number % 3 == 2 else IMMEDIATE)
            branch.postgresql.start()
            crowd.wait_answered(len(crowd.citizens) // 2, RECOVERS)


@pytest.mark.parametrize("seconds", [10, pytest.param(90, marks=pytest.mark.long)])
def test_it_is_away(branch: Branch, seconds: int) -> None:
    with busy(branch, "away") as (_, prober):
        branch.postgresql.stop(FAST)
        try:
            stay_away(prober, seconds)
        finally:
            branch.postgresql.start()


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.long)])
def test_it_hangs(branch: Branch, seconds: int) -> None:
    with busy(branch, "hang") as (_, prober), branch.postgresql.paused():
        stay_away(prober, seconds)


def test_it_takes_no_writes(branch: Branch) -> None:
    with busy(branch, "read-only") as (_, prober):
        branch.postgresql.set(default_transaction_read_only="on")
        try:
            stay_away(prober, 6)
        finally:
            branch.postgresql.reset("default_transaction_read_only")


def test_it_has_no_connection_left(branch: Branch) -> None:
    with busy(branch, "full") as (_, prober), branch.postgresql.full():
        stay_away(prober, 6)
