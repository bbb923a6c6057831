"""What goes by age waits while the clock is doubted."""

from __future__ import annotations

import pytest

from foundation.clock import FixedClock
from foundation.deadlines import Steadiness


class Machine:
    """A clock that can be set, and one that cannot."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock, self.seconds = clock, 100.0
        self.steadiness = Steadiness(clock, lambda: self.seconds)

    def run(self, **span: float) -> bool:
        """Go on for a while; whether the clock is then believed."""
        before = self.clock.now()
        self.clock.advance(**span)
        self.seconds += (self.clock.now() - before).total_seconds()
        return self.steadiness.holds()

    def set(self, **span: float) -> bool:
        self.clock.advance(**span)
        return self.steadiness.holds()


@pytest.fixture
def machine(clock: FixedClock) -> Machine:
    return Machine(clock)


def test_a_clock_that_goes_on(machine: Machine) -> None:
    assert machine.steadiness.holds() and machine.run(days=300) and machine.set(minutes=50)
    assert all(machine.set(minutes=-40) for _ in range(10)), "small corrections add up to no jump"


@pytest.mark.parametrize("days", [1, -1, 365, -365])
def test_a_jump_that_is_put_right(machine: Machine, days: float) -> None:
    assert not machine.set(days=days) and not machine.run(hours=23)
    assert machine.set(days=-days) and machine.run(days=2)


@pytest.mark.parametrize("days", [1, -1, 365])
def test_a_jump_that_stays_is_the_time_a_day_later(machine: Machine, days: float) -> None:
    assert not machine.set(days=days) and not machine.run(hours=23)
    assert machine.run(hours=1) and machine.run(hours=1)
    assert not machine.set(days=-days)
