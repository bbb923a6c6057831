"""A bounded pool of threads for one dependency, so that one slow neighbour starves nobody."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Executor:
    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Run blocking work in a thread, with the caller's context variables."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: context.run(work))

    def close(self) -> None:
        self._pool.shutdown(wait=False)


class Inline(Executor):
    """Does short work where it is asked for. SQLite is no neighbour: it answers sooner than a thread is woken, and a
    transaction in a thread holds the write lock while the event loop computes."""

    def __init__(self) -> None:
        """Without threads."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()

    def close(self) -> None:
        """Nothing to do."""
