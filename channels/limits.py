"""How fast one sender may send."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

KEPT = 50_000


class TokenBuckets:
    """At most `per_minute` messages a minute for each sender, in bursts of as many; 0 is no limit.

    Kept in this process, and of a sender no longer than a minute: a bucket that is full again is as good as none.
    """

    def __init__(self, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._rate = per_minute / 60
        self._now = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, sender: str) -> float:
        """Count one message of a sender; return 0, or the seconds to wait when it is too many."""
        if not self._size:
            return 0.0
        now = self._now()
        tokens, at = self._buckets.pop(sender, (self._size, now))
        tokens = min(self._size, tokens + (now - at) * self._rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
        self._buckets[sender] = (tokens if wait else tokens - 1, now)
        self._forget(now)
        return wait

    def give_back(self, sender: str) -> None:
        """The message that was counted last is no new one."""
        if sender in self._buckets:
            tokens, at = self._buckets[sender]
            self._buckets[sender] = (min(self._size, tokens + 1), at)

    def _forget(self, now: float) -> None:
        """Drop what has filled again, the longest unused first; and what there is no room for."""
        while self._buckets:
            tokens, at = next(iter(self._buckets.values()))
            if len(self._buckets) <= KEPT and tokens + (now - at) * self._rate < self._size:
                break
            self._buckets.popitem(last=False)
