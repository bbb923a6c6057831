from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from foundation.aside import aside, letting_others_on
from foundation.executor import Executor

mine: ContextVar[str] = ContextVar("mine")


@pytest.fixture
def threads() -> Iterator[Executor]:
    executor = Executor("aside", 1)
    yield executor
    executor.close()


def here() -> str:
    return threading.current_thread().name


def test_where_nobody_may_wait_it_is_done_at_once() -> None:
    assert aside(here) == here()


async def test_only_what_is_done_aside_runs_in_a_thread(threads: Executor) -> None:
    mine.set("the caller's")
    seen = await letting_others_on(threads, lambda: (here(), aside(here), aside(mine.get), here()))
    assert seen == (here(), "aside_0", "the caller's", here())
    assert aside(here) == here(), "afterwards nobody waits any more"


async def test_aside_of_what_is_aside_already_is_the_same_thread(threads: Executor) -> None:
    assert await letting_others_on(threads, lambda: aside(lambda: aside(here))) == "aside_0"


async def test_errors_come_back_where_they_can_be_handled(threads: Executor) -> None:
    def work() -> str:
        try:
            aside(lambda: 1 // 0)
        except ZeroDivisionError:
            return "handled"
        return "no error"

    assert await letting_others_on(threads, work) == "handled"
    with pytest.raises(ZeroDivisionError):
        await letting_others_on(threads, lambda: aside(lambda: 1 // 0))


async def test_several_go_on_in_turns_and_each_has_its_own_variables(threads: Executor) -> None:
    order: list[str] = []

    def work(name: str) -> str:
        mine.set(name)
        order.append(f"{name} begins")
        aside(lambda: None)
        order.append(f"{name} ends")
        return mine.get()

    async def turn(name: str) -> str:
        return await letting_others_on(threads, lambda: work(name))

    assert await asyncio.gather(turn("a"), turn("b")) == ["a", "b"]
    assert order[:2] == ["a begins", "b begins"]


async def test_who_is_cancelled_while_waiting_is_told(threads: Executor) -> None:
    let, told = threading.Event(), list[str]()

    def work() -> None:
        try:
            aside(lambda: let.wait(10))
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    waiting = asyncio.create_task(letting_others_on(threads, work))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    let.set()
    assert told == ["cancelled"]
