from __future__ import annotations

import pytest

from channels.web.session import DAY, LIFE, SKEW, Sessions


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def sessions(clock: Hands) -> Sessions:
    return Sessions(b"k" * 32, clock)


def test_a_session_lives_for_thirty_days_after_its_last_use(sessions: Sessions, clock: Hands) -> None:
    session = sessions.issue()
    sender = sessions.sender(session)
    assert sender
    for _ in range(5):
        clock.time += LIFE - DAY
        session = sessions.current(session)
        assert sessions.sender(session) == sender
    clock.time += LIFE + DAY
    assert sessions.sender(session) is None
    assert sessions.sender(sessions.current(session)) not in (None, sender)


def test_within_a_day_it_stays_as_it_is(sessions: Sessions, clock: Hands) -> None:
    session = sessions.issue()
    clock.time += DAY / 2
    assert sessions.current(session) == session
    clock.time += DAY
    renewed = sessions.current(session)
    assert renewed != session and sessions.sender(renewed) == sessions.sender(session)


def test_gateways_clocks_may_differ_a_little(sessions: Sessions, clock: Hands) -> None:
    session = sessions.issue()
    clock.time -= SKEW / 2
    assert sessions.sender(session)
    clock.time -= SKEW
    assert sessions.sender(session) is None


def test_its_time_cannot_be_changed(sessions: Sessions, clock: Hands) -> None:
    name, _, signature = sessions.issue().split(".")
    clock.time += 2 * LIFE
    issued = sessions.issue().split(".")[1]
    assert sessions.sender(f"{name}.{issued}.{signature}") is None


@pytest.mark.parametrize("session", [None, 5, "", ".", "..", "a.b.c", "x" * 300, "汉.字.的", b"bytes", ["list"]])
def test_what_was_not_issued_gets_a_fresh_one(sessions: Sessions, session: object) -> None:
    assert sessions.sender(session) is None
    assert sessions.sender(sessions.current(session))
