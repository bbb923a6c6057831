"""Blocking work off the event loop: a few threads, and a queue that does not grow without end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


class Full(Exception):
    """So much is queued that waiting longer would help nobody."""


class Pool:
    def __init__(self, name: str, threads: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + queue

    async def run(self, call: Callable[..., Result], *args: Any) -> Result:
        """Call in a thread and return what it returns.

        Raises:
            Full: as many calls as threads and queue hold are not done.
        """
        if not self._room:
            raise Full
        self._room -= 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, call, *args)
        future.add_done_callback(self._leave)
        return await asyncio.shield(future)

    def close(self) -> None:
        """Finish what has begun."""
        self._executor.shutdown(wait=True)

    def _leave(self, future: asyncio.Future[Any]) -> None:
        self._room += 1
        if not future.cancelled():
            future.exception()  # looked at, also when the caller has gone
