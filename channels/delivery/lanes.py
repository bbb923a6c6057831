"""How many messages are under way at once.

Whatever is under way when this process is killed may have arrived, and is sent once more. So as little as possible is:
one message at a time while the platform answers quickly. One that takes long does not hold the others, and when
messages have to wait, more go side by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST = 16
"""Messages under way at once, whatever happens."""
LONG = 0.2
"""Seconds after which a message does not count as one that others wait for."""
WAIT = 0.5
"""Seconds of waiting for each of which one more may go beside."""
TICK = 0.02


class Lanes:
    def __init__(self) -> None:
        self._door = asyncio.Lock()
        self._left = asyncio.Event()
        self._since: dict[object, float] = {}

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for one's turn, those who came first going first; the block is the message's way."""
        arrived, mine = time.monotonic(), object()
        async with self._door:
            while not self._free(arrived):
                self._left.clear()
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._left.wait(), TICK)
            self._since[mine] = time.monotonic()
        try:
            yield
        finally:
            del self._since[mine]
            self._left.set()

    def _free(self, arrived: float) -> bool:
        now = time.monotonic()
        quick = sum(now - since < LONG for since in self._since.values())
        return len(self._since) < MOST and quick <= (now - arrived) / WAIT
