"""The circuit breaker: opens after failures in a row, tries with one call, waits longer each time."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from portal_server import NUMBER, answer, client, in_turn, portal, problem

from actions.portal.access import LastFour
from actions.portal.breaker import Breaker, Circuit
from actions.portal.errors import NotMatched, Paused, PortalError, Unavailable

PROOF = LastFour("1234")


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def changes() -> list[Circuit]:
    return []


@pytest.fixture
def breaker(now: Time, changes: list[Circuit]) -> Breaker:
    return Breaker(failures=3, pause=10, longest=30, now=now, told=changes.append)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.leave(breaker.enter(), answered=False)


def test_failures_in_a_row_open_it(breaker: Breaker, changes: list[Circuit]) -> None:
    fail(breaker, 2)
    breaker.leave(breaker.enter(), answered=True)
    fail(breaker, 2)
    assert changes == []
    fail(breaker)
    assert changes == [Circuit.OPEN]
    with pytest.raises(Paused):
        breaker.enter()


def test_one_call_tries_and_closes_it(breaker: Breaker, now: Time, changes: list[Circuit]) -> None:
    fail(breaker, 3)
    now.now += 9.9
    with pytest.raises(Paused):
        breaker.enter()
    now.now += 0.1
    probe = breaker.enter()
    with pytest.raises(Paused):
        breaker.enter()
    breaker.leave(probe, answered=True)
    breaker.enter()
    assert changes == [Circuit.OPEN, Circuit.HALF_OPEN, Circuit.CLOSED]
    fail(breaker, 2)
    assert changes[-1] is Circuit.CLOSED


def test_each_failed_try_waits_longer_up_to_a_limit(breaker: Breaker, now: Time) -> None:
    fail(breaker, 3)
    for pause in (10, 20, 30, 30):
        now.now += pause - 0.1
        with pytest.raises(Paused):
            breaker.enter()
        now.now += 0.1
        fail(breaker)
    now.now += 30
    breaker.leave(breaker.enter(), answered=True)
    fail(breaker, 3)
    now.now += 10
    breaker.enter()


def test_what_began_before_it_opened_changes_nothing(breaker: Breaker, now: Time) -> None:
    early = [breaker.enter() for _ in range(3)]
    fail(breaker, 3)
    for era in early:
        breaker.leave(era, answered=True)
    with pytest.raises(Paused):
        breaker.enter()
    now.now += 10
    probe = breaker.enter()
    breaker.leave(early[0], answered=False)
    breaker.leave(probe, answered=True)
    breaker.enter()


def test_of_many_threads_one_tries(breaker: Breaker, now: Time) -> None:
    fail(breaker, 3)
    now.now += 10
    entered: list[int] = []
    ready = threading.Barrier(8)

    def attempt() -> None:
        ready.wait()
        with suppress(Paused):
            entered.append(breaker.enter())

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 1


async def test_a_portal_that_is_down_is_left_alone_and_tried_again() -> None:
    with portal(answer(500, {})) as served:
        asked = client(served.url, breaker=Breaker(failures=2, pause=0.3))
        for _ in range(2):
            with pytest.raises(Unavailable):
                await asked.application(NUMBER, PROOF)
        before, began = len(served.received), time.monotonic()
        with pytest.raises(Paused):
            await asked.application(NUMBER, PROOF)
        assert len(served.received) == before and time.monotonic() - began < 0.3
        time.sleep(0.4)
        with pytest.raises(Unavailable):
            await asked.application(NUMBER, PROOF)
        assert len(served.received) > before


async def test_refusals_and_nonsense_do_not_open_it() -> None:
    """Else a single citizen could keep the portal from all the others."""
    nonsense = answer(200, b"<html>")
    with portal(in_turn(*[problem("not-matched", 404), nonsense, problem("signature", 401)] * 2, answer())) as served:
        asked = client(served.url, breaker=Breaker(failures=2))
        for _ in range(6):
            with pytest.raises(PortalError) as caught:
                await asked.application(NUMBER, PROOF)
            assert not isinstance(caught.value, Unavailable)
        assert (await asked.application(NUMBER, PROOF)).number == NUMBER


async def test_a_failed_try_does_not_leave_it_half_open() -> None:
    with portal(in_turn(*[answer(500, {})] * 3, problem("not-matched", 404), answer())) as served:
        asked = client(served.url, breaker=Breaker(failures=1, pause=0.1))
        with pytest.raises(Unavailable):
            await asked.application(NUMBER, PROOF)
        time.sleep(0.2)
        with pytest.raises(NotMatched):
            await asked.application(NUMBER, PROOF)
        assert (await asked.application(NUMBER, PROOF)).number == NUMBER
