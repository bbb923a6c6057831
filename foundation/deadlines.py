"""Comparing what is stored with the clock, so that a clock that was wrong for a while does no lasting harm.

Instants are written down by the clock of whoever writes. Put back after it was ahead, it leaves instants that lie in
the future: a lease held for a year, a process that counts as alive for as long. How far ahead an instant
may rightly lie is known wherever one is stored; what lies further ahead is taken for over. A clock that jumps ahead
must not have deleted meanwhile what was young: what goes by age asks `Steadiness` first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_

from foundation.clock import Clock

JUMP = timedelta(hours=1)
"""By more than this no clock is corrected in good order."""
HELD_OFF = timedelta(days=1)
"""So long a jump is doubted; then it is what time it is."""


def over(until: Any, now: datetime, most: timedelta) -> Any:
    """Whether a deadline, a column, is over: none is set further ahead than `most`."""
    return lapsed(until, now, now + most)


def lapsed(until: Any, now: Any, furthest: Any) -> Any:
    """The same with `furthest` = now + most, for a statement that is made once and gets both each time."""
    return or_(until <= now, until > furthest)


def lately(at: Any, now: datetime, span: timedelta) -> Any:
    """Whether something, by its column, was within the span. As much ahead, for the clocks of machines differ."""
    return and_(at >= now - span, at <= now + span)


class Steadiness:
    """Whether this process has seen the clock go on evenly.

    By a clock that cannot be set. It stands still while the machine sleeps: waking up is a jump as well.
    """

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._offset = self._now()
        self._jumped_at: float | None = None

    def holds(self) -> bool:
        """False from a jump of more than JUMP until the clock is back, or HELD_OFF has passed. Ask now and then."""
        if abs(self._now() - self._offset) <= JUMP.total_seconds():
            self._offset, self._jumped_at = self._now(), None  # small corrections add up to no jump
            return True
        if self._jumped_at is None:
            self._jumped_at = self._monotonic()
        elif self._monotonic() - self._jumped_at >= HELD_OFF.total_seconds():
            self._offset, self._jumped_at = self._now(), None
            return True
        return False

    def _now(self) -> float:
        """Seconds by which the clock is before the other."""
        return self._clock.now().timestamp() - self._monotonic()
