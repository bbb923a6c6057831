"""When an account's platform refuses everything, nothing more is sent for a while; then one message tries.

Whether it is everything, another conversation's message shows: once that has got through, the one that is refused waits
by itself and holds up nobody.
"""

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
        self._failed: dict[str, float] = {}
        self._alone: set[str] = set()

    @property
    def open(self) -> bool:
        """Nothing is to be sent now."""
        return self._now() < self._until

    @property
    def tripped(self) -> bool:
        """It was open, and nothing has been sent since."""
        return self._pause > 0

    def trip(self, whose: str = "") -> float | None:
        """A message failed for a reason that all would fail for.

        Args:
            whose: the conversation.

        Returns:
            For how many seconds nothing is sent; None when that was known already.
        """
        self._failed[whose] = self._now()
        if self.open:
            return None
        self._pause = min(max(self._pause * 2, SHORTEST), LONGEST)
        self._until = self._now() + self._pause
        return self._pause

    def sent(self, whose: str = "") -> None:
        """A message of this conversation got through."""
        if self._failed or self._alone:
            self._alone = {*self._alone, *self._failed} - {whose}
            self._failed = {}
        self._pause, self._until = 0.0, float("-inf")

    def is_alone(self, whose: str) -> bool:
        """Whether messages of others get through, and only this conversation's fail."""
        return not self.tripped and whose in self._alone

    def failed_at(self, whose: str) -> float:
        """When a conversation's message last failed while none got through: whose is longest ago is to try next."""
        return self._failed.get(whose, float("-inf"))

    @property
    def failed(self) -> int:
        """How many conversations have failed since a message got through."""
        return len(self._failed)
