"""A clock that can be put forward, so that what happens after 48 hours can be seen at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.clock import Clock, SystemClock


class MovableClock:
    """Runs like another clock, some time ahead of it."""

    def __init__(self, base: Clock | None = None) -> None:
        self._base = base or SystemClock()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._base.now() + self.ahead

    def advance(self, **span: float) -> None:
        """Put it forward by `timedelta(**span)`."""
        self.ahead += timedelta(**span)
