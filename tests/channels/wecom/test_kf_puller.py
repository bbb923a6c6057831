"""Reading 微信客服: nothing is lost, nothing comes twice, whatever is cut short (E5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from wecom_fake import KF, WeComFake

from channels.refused import Refused
from channels.storage import Storage
from channels.wecom import kf_puller
from channels.wecom.client import Client
from channels.wecom.cursors import StoredCursors
from channels.wecom.kf_api import KfApi, Page
from channels.wecom.kf_puller import Account, KfPuller
from foundation.clock import SystemClock
from foundation.database import Database

Json = dict[str, Any]
SYNC = "/cgi-bin/kf/sync_msg"


class Reader:
    """A process that reads: it notes each message once, as the inbox does, and may be made to fail."""

    def __init__(self, database: Database, client: Client, name: str, seen: list[str], every: float = 60.0) -> None:
        self.seen = seen
        self.fault: Callable[[Json], None] | None = None
        self.handled = 0
        self.storage = Storage(database, "12345")
        self.cursors = StoredCursors(self.storage, SystemClock(), name)
        self.puller = KfPuller(KfApi(client), self.cursors, self.handle, SystemClock(), every=every, first_pause=0.05)

    async def handle(self, message: Json) -> None:
        if self.fault is not None:
            self.fault(message)
        self.handled += 1
        if message["msgid"] not in self.seen:
            self.seen.append(message["msgid"])

    async def pull(self) -> None:
        await self.puller.pull(Account(KF))

    async def close(self) -> None:
        await self.puller.stop()
        self.storage.close()


Make = Callable[..., Reader]


@pytest.fixture
async def make(database: Database, client: Client) -> AsyncIterator[Make]:
    readers: list[Reader] = []

    def reader(name: str = "one", seen: list[str] | None = None, every: float = 60.0) -> Reader:
        readers.append(Reader(database, client, name, [] if seen is None else seen, every))
        return readers[-1]

    yield reader
    for one in readers:
        await one.close()


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it does not come about"
        await asyncio.sleep(0.02)


async def test_a_first_reading_leaves_out_what_is_old(make: Make, fake: WeComFake) -> None:
    for hours in (71, 50, 2, 0.2):
        fake.write("旧", age=hours * 3600)
    new = fake.write("新", age=60)
    reader = make()
    await reader.pull()
    assert reader.seen == [new["msgid"]]


async def test_a_first_reading_that_was_cut_short_leaves_out_the_same(make: Make, fake: WeComFake) -> None:
    fake.page_size = 2
    written = [fake.write("旧", age=3 * 24 * 3600 - number) for number in range(5)]
    written += [fake.write("新", age=200 - number) for number in range(3)]
    reader = make()

    def stop(message: Json) -> None:
        raise Refused(503, "not now")

    reader.fault = stop
    with pytest.raises(Refused):
        await reader.pull()
    later = make("after a restart")
    await later.pull()
    assert later.seen == [message["msgid"] for message in written[5:]]


async def test_reading_goes_on_where_it_was_after_a_restart(make: Make, fake: WeComFake) -> None:
    first = fake.write("一")
    before = make("before")
    await before.pull()
    old = fake.write("等了三天的", age=2 * 24 * 3600)  # written while the gateway was down
    after = make("after")
    await after.pull()
    assert (before.seen, after.seen) == ([first["msgid"]], [old["msgid"]])
    assert fake.bodies[SYNC][-1]["cursor"] == "1"


async def test_pages_are_read_to_the_end_also_when_one_is_empty(make: Make, fake: WeComFake) -> None:
    fake.page_size, fake.empty_before = 3, {0, 6}
    written = [fake.write(str(number)) for number in range(10)]
    reader = make()
    await reader.pull()
    assert reader.seen == [message["msgid"] for message in written]
    assert fake.calls[SYNC] == 6


async def test_empty_pages_without_end_are_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = make()
    asked = 0

    async def nothing(open_kfid: str, cursor: str = "", token: str = "") -> Page:
        nonlocal asked
        asked += 1
        return Page([], cursor, more=True)

    monkeypatch.setattr(reader.puller._api, "sync", nothing)
    await asyncio.wait_for(reader.pull(), 20)
    assert asked == kf_puller.MOST_EMPTY


async def test_a_page_cut_short_is_read_again_and_nothing_comes_twice(make: Make, fake: WeComFake) -> None:
    fake.page_size = 4
    written = [fake.write(str(number))["msgid"] for number in range(10)]
    seen: list[str] = []
    reader = make("before", seen)
    await reader.pull()
    more = [fake.write(str(number))["msgid"] for number in range(10)]

    def stop(message: Json) -> None:
        if message["msgid"] == more[6]:
            raise Refused(503, "not now")

    reader.fault = stop
    with pytest.raises(Refused):
        await reader.pull()
    after = make("after", seen)
    await after.pull()
    assert seen == written + more
    assert after.handled == 6, "the page was begun anew, those before it were not"


async def test_one_message_that_cannot_be_taken_does_not_hold_up_the_others(make: Make, fake: WeComFake) -> None:
    written = [fake.write(str(number))["msgid"] for number in range(3)]
    reader = make()

    def fault(message: Json) -> None:
        if message["msgid"] == written[1]:
            raise ValueError("a fault of ours")

    reader.fault = fault
    await reader.pull()
    assert reader.seen == [written[0], written[2]]


async def test_a_callback_wakes_it_and_its_token_is_used(make: Make, fake: WeComFake) -> None:
    reader = make()
    fake.write("一")
    reader.puller.wake(KF, "ENCtoken")
    await until(lambda: len(reader.seen) == 1)
    assert fake.bodies[SYNC][0]["token"] == "ENCtoken"
    fake.write("二")
    reader.puller.wake(KF, "ENCnext")
    await until(lambda: len(reader.seen) == 2)
    assert fake.bodies[SYNC][-1] == {
        "open_kfid": KF, "limit": 200, "voice_format": 0, "cursor": "1", "token": "ENCnext",
    }  # fmt: skip


async def test_a_stale_token_is_left_out(make: Make, fake: WeComFake) -> None:
    fake.write("一")
    fake.fail(SYNC, 95007)
    reader = make()
    reader.puller.wake(KF, "ENCold")
    await until(lambda: len(reader.seen) == 1)
    assert ["token" in body for body in fake.bodies[SYNC]] == [True, False]


@pytest.mark.parametrize("failure", [-1, 45009, "drop"])
async def test_what_the_platform_does_not_give_is_asked_for_again(
    make: Make, fake: WeComFake, failure: int | str
) -> None:
    fake.write("一")
    fake.fail(SYNC, failure, failure)
    reader = make()
    reader.puller.wake(KF)
    await until(lambda: len(reader.seen) == 1)


async def test_a_callback_that_was_missed_is_made_up_for(make: Make, fake: WeComFake) -> None:
    reader = make(every=0.3)
    fake.write("一")
    await reader.pull()
    reader.puller.start()
    fake.write("二")
    await until(lambda: len(reader.seen) == 2)


async def test_at_the_start_what_came_meanwhile_is_read(make: Make, fake: WeComFake) -> None:
    fake.write("一")
    await make("before").pull()
    fake.write("二")
    after = make("after")
    after.puller.start()
    await until(lambda: len(after.seen) == 1)


async def test_two_processes_read_one_after_the_other_and_miss_nothing(make: Make, fake: WeComFake) -> None:
    fake.page_size = 5
    seen: list[str] = []
    readers = [make("one", seen), make("two", seen)]
    written = []
    for number in range(40):
        written.append(fake.write(str(number))["msgid"])
        for reader in readers:  # as if each process had got the callback
            reader.puller.wake(KF)
        await asyncio.sleep(0.01)
    await until(lambda: len(seen) == 40)
    assert seen == written
    assert sum(reader.handled for reader in readers) == 40, "no page was read by both"


@asynccontextmanager
async def held(reader: Reader) -> AsyncIterator[None]:
    lease = await reader.cursors.enter(KF)
    assert lease is not None
    yield
    await reader.cursors.leave(lease)


async def test_while_another_process_reads_a_callback_waits_and_is_not_lost(make: Make, fake: WeComFake) -> None:
    one, two = make("one"), make("two")
    fake.write("一")
    async with held(one):
        two.puller.wake(KF)
        await asyncio.sleep(0.3)
        assert two.seen == [] and not fake.calls[SYNC]
    await until(lambda: len(two.seen) == 1)
