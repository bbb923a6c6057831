from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest

from foundation.executor import Executor, Inline

mine: ContextVar[str] = ContextVar("mine")


async def test_work_runs_in_a_thread_with_the_callers_context() -> None:
    executor = Executor("test", 1)
    mine.set("here")
    name, value = await executor.run(lambda: (threading.current_thread().name, mine.get()))
    assert name.startswith("test") and value == "here"
    executor.close()


async def test_errors_come_back() -> None:
    executor = Executor("test", 1)
    with pytest.raises(ZeroDivisionError):
        await executor.run(lambda: 1 // 0)
    executor.close()


async def test_no_more_threads_than_allowed_and_the_loop_stays_free() -> None:
    executor = Executor("test", 2)
    under_way, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1

    running = asyncio.gather(*(executor.run(work) for _ in range(6)))
    began = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - began < 0.05
    await running
    assert most == 2
    executor.close()


async def test_short_work_may_be_done_in_its_place() -> None:
    inline = Inline()
    assert await inline.run(threading.current_thread) is threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        await inline.run(lambda: 1 // 0)
    inline.close()
