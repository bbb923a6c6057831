"""A circuit breaker: a portal that fails again and again is left alone for a while, then tried with one call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import IntEnum

from actions.portal.errors import Paused

log = logging.getLogger(__name__)

FAILURES = 5
"""In a row, until it opens."""
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 60.0
"""Seconds; each failed try doubles the pause."""


class Circuit(IntEnum):
    CLOSED, HALF_OPEN, OPEN = 0, 1, 2


class Breaker:
    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause: float = FIRST_PAUSE,
        longest: float = LONGEST_PAUSE,
        now: Callable[[], float] = time.monotonic,
        told: Callable[[Circuit], None] = lambda circuit: None,
    ) -> None:
        """`told` hears of each change."""
        self._most, self._first, self._longest, self._now, self._told = failures, pause, longest, now, told
        self._lock = threading.Lock()
        self._circuit, self._failures, self._pause, self._until = Circuit.CLOSED, 0, pause, 0.0
        self._era = 0

    def enter(self) -> int:
        """Ask whether to call. What is returned must be given to `leave`, whatever happens.

        Raises:
            Paused: not now.
        """
        with self._lock:
            if self._circuit is Circuit.CLOSED:
                return self._era
            if self._circuit is Circuit.HALF_OPEN or self._now() < self._until:
                raise Paused("the portal has failed several times in a row and is not asked for now")
            self._change(Circuit.HALF_OPEN)
            return self._era

    def leave(self, era: int, *, answered: bool) -> None:
        """Tell how a call went: whether the portal answered at all, if only to refuse."""
        with self._lock:
            if era != self._era:
                return  # begun before the last change: it says nothing about now
            if answered:
                self._failures, self._pause = 0, self._first
                if self._circuit is Circuit.HALF_OPEN:
                    self._change(Circuit.CLOSED)
                    log.warning("the portal answers again")
                return
            self._failures += 1
            if self._circuit is Circuit.HALF_OPEN:
                self._pause = min(self._longest, self._pause * 2)
            elif self._failures < self._most:
                return
            self._until = self._now() + self._pause
            self._change(Circuit.OPEN)
            log.error("the portal fails and is not asked for a while", extra={"seconds": self._pause})

    def _change(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._era += 1
        self._told(circuit)
