"""Lets a long computation that holds no lock go on in a thread, in the middle of code that knows nothing of waiting.

Understanding a message is one call, from Rasa's graph down to the sentence encoder, and more than a third of it is the
encoder's arithmetic, for which the interpreter is not needed. While one turn waits for that, others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy.util.concurrency import await_only, greenlet_spawn

from foundation.executor import Executor

T = TypeVar("T")

_threads: ContextVar[Executor | None] = ContextVar("threads", default=None)


async def letting_others_on(threads: Executor, work: Callable[[], T]) -> T:
    """What `work` gives. It runs here, and whatever it does `aside` runs in `threads`."""
    token = _threads.set(threads)
    try:
        found: T = await greenlet_spawn(work)
        return found
    finally:
        _threads.reset(token)


def aside(work: Callable[[], T]) -> T:
    """What `work` gives: in a thread where the caller may wait, at once elsewhere. Hold no lock around it."""
    threads = _threads.get()
    if threads is None:
        return work()
    found: T = await_only(threads.run(lambda: _at_once(work)))
    return found


def _at_once(work: Callable[[], T]) -> T:
    """In a thread nothing can be awaited."""
    _threads.set(None)
    return work()
