from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from channels import receipts
from channels.receipts import Receipts, Tray
from foundation import outbox
from foundation.database import Database
from tests.conftest import NOW


async def seconds_to_fill(tray: Tray) -> float:
    began = time.monotonic()
    await asyncio.wait_for(tray.filled(), 10)
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "SENT", 0.05)
    monkeypatch.setattr(receipts, "SHOWN", 2.0)


async def test_what_a_platform_has_is_not_kept_waiting() -> None:
    tray = Tray()
    tray.shown([1])
    asyncio.get_running_loop().call_later(0.1, tray.sent, [2])
    assert await seconds_to_fill(tray) < 1.5
    taken = tray.empty()
    assert (taken.shown, taken.sent) == ({1}, {2})
    assert not tray


@pytest.mark.parametrize("shown", [lambda tray: tray.shown([1]), lambda tray: tray.up_to("web:a", 1)])
async def test_what_was_shown_is_gathered(shown: Callable[[Tray], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "SHOWN", 0.3)
    tray = Tray()
    shown(tray)
    assert 0.25 < await seconds_to_fill(tray) < 5


async def test_an_empty_tray_is_waited_for() -> None:
    tray = Tray()
    tray.sent([1])
    tray.empty()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(tray.filled(), 0.3)


async def test_what_could_not_be_stored_is_there_again() -> None:
    tray = Tray()
    tray.sent([1])
    tray.up_to("web:a", 5)
    taken = tray.empty()
    tray.up_to("web:a", 3)
    tray.put_back(taken)
    again = tray.empty()
    assert again.sent == {1} and again.up_to == {"web:a": 5}


async def test_what_is_stored_is_not_looked_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "KEPT", 1)
    tray = Tray()
    tray.up_to("web:a", 5)
    taken = tray.empty()
    tray.up_to("web:a", 9)
    assert tray.empty().above == {}, "nobody knows yet whether the first could be stored"
    tray.stored(taken)
    tray.up_to("web:a", 9)
    assert tray.empty().above == {"web:a": 5}
    tray.up_to("web:b", 1)
    tray.stored(tray.empty())
    tray.up_to("web:a", 9)
    assert tray.empty().above == {}, "only so many conversations are remembered"


def test_only_what_lies_between_two_receipts_is_marked(database: Database) -> None:
    with database.write() as tx:
        for text in ("一", "二", "三", "四"):
            outbox.add(tx, "web:a", "web", [{"text": text}], NOW)
        first, *_, third, last = [reply.id for reply in outbox.after(tx, "web:a", 0)]
        Receipts(up_to={"web:a": third}, above={"web:a": first}).store(tx, NOW)
        assert [reply.id for reply in outbox.pending(tx, "web")] == [first, last]


async def test_whoever_waits_can_be_stopped_in_the_moment_when_something_is_sent() -> None:
    """As when a gateway is stopped just after an answer: it ended never, since the cancellation was swallowed."""
    tray = Tray()
    tray.shown([1])

    async def for_ever() -> None:
        while True:
            await tray.filled()
            tray.empty()

    waiting = asyncio.create_task(for_ever())
    await asyncio.sleep(0.02)
    tray.sent([2])
    await asyncio.sleep(0)
    waiting.cancel()
    done, _ = await asyncio.wait([waiting], timeout=2)
    assert done == {waiting} and waiting.cancelled()
