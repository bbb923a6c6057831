"""WeCom's limit on messages to one member: thirty a minute (document/path/90236). Beyond it they would be refused."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

MOST, SPAN = 30, 60.0
FORGET = 10_000
"""So many members are remembered; then those who got nothing within the last minute are not any more."""


class Pace:
    """Counts in this process: one account's messages are sent by the process that holds its delivery lease."""

    def __init__(
        self,
        most: int = MOST,
        span: float = SPAN,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._most, self._span, self._now, self._sleep = most, span, now, sleep
        self._sent: dict[str, deque[float]] = {}

    async def take(self, member: str) -> None:
        """Wait until one more message to this member is allowed, and count it."""
        while wait := self._wait(member):
            await self._sleep(wait)
        if len(self._sent) > FORGET:
            self._forget()
        self._sent.setdefault(member, deque()).append(self._now())

    def _wait(self, member: str) -> float:
        sent, now = self._sent.get(member, deque()), self._now()
        while sent and sent[0] <= now - self._span:
            sent.popleft()
        return sent[0] + self._span - now if len(sent) >= self._most else 0.0

    def _forget(self) -> None:
        since = self._now() - self._span
        self._sent = {member: sent for member, sent in self._sent.items() if sent and sent[-1] > since}
