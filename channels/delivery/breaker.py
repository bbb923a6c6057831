"""When an account's platform refuses everything, nothing more is sent for a while; then one message tries."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORTEST, LONGEST = 5.0, 300.0
"""Seconds for which it stays open: the shortest at first, twice as long each further time."""


class Breaker:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._pause = 0.0
        self._until = float("-inf")

    @property
    def open(self) -> bool:
        """Nothing is to be sent now."""
        return self._now() < self._until

    @property
    def tripped(self) -> bool:
        """It was open, and nothing has been sent since."""
        return self._pause > 0

    def trip(self) -> float | None:
        """A message failed for a reason that all would fail for.

        Returns:
            For how many seconds nothing is sent; None when that was known already.
        """
        if self.open:
            return None
        self._pause = min(max(self._pause * 2, SHORTEST), LONGEST)
        self._until = self._now() + self._pause
        return self._pause

    def sent(self) -> None:
        """A message got through."""
        self._pause, self._until = 0.0, float("-inf")
