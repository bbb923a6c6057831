from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import aiohttp
import pytest
from channel_helpers import FakeWorker, GatewayProcess, echo, say, serving, settings_for
from sqlalchemy import select

from channels import messages
from channels.web.session import Sessions
from desk import handovers
from foundation.database import Database
from foundation.outbox import DELIVERED, outbox

Frame = dict[str, Any]


class Browser:
    """What the page's script does, without a page."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, welcome: Frame) -> None:
        self.ws = ws
        self.welcome = welcome
        self.session: str = welcome["session"]

    async def send(self, kind: str, **fields: Any) -> None:
        await self.ws.send_json({"type": kind, **fields})

    async def say(self, key: str, text: str) -> None:
        await self.send("message", id=key, text=text)

    async def next(self, *kinds: str) -> Frame:
        """The next frame, or the next of these kinds."""
        while True:
            frame: Frame = await asyncio.wait_for(self.ws.receive_json(), 10)
            if not kinds or frame["type"] in kinds:
                return frame

    async def replies(self, count: int) -> list[Frame]:
        return [await self.next("reply") for _ in range(count)]


@asynccontextmanager
async def browser(
    address: str, session: str | None = None, last_seen: int = 0, **headers: str
) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{address}/chat/socket", headers=headers) as ws:
        await ws.send_json({"type": "hello", "session": session, "last_seen": last_seen})
        yield Browser(ws, await asyncio.wait_for(ws.receive_json(), 10))


@pytest.fixture
async def address(store: Database, url: str) -> AsyncIterator[str]:
    async with serving(settings_for(url), store) as served:
        yield served


def conversation(session: str) -> str:
    return f"web:{session.partition('.')[0]}"


def texts(frames: list[Frame]) -> list[str]:
    return [frame["body"]["text"] for frame in frames]


async def test_a_message_is_acknowledged_and_answered(address: str, store: Database) -> None:
    async with browser(address) as one:
        assert one.welcome["fresh"] and one.welcome["open"] == []
        await one.say("m1", "你好")
        ack = await one.next()
        assert (ack["type"], ack["id"]) == ("ack", "m1")
        with FakeWorker(store):
            reply = (await one.replies(1))[0]
        assert reply["body"]["text"] == "答：你好" and reply["turn"] == ack["turn"] and reply["last"]
        assert (await one.next("done"))["turn"] == ack["turn"]


async def test_what_came_while_away_is_replayed_once(address: str, store: Database) -> None:
    async with browser(address) as one:
        await one.say("m1", "一")
        await one.next("ack")
    with FakeWorker(store, lambda text: [*echo(text), {"text": "再"}]):
        async with browser(address, one.session) as again:
            first, second = await again.replies(2)
            assert texts([first, second]) == ["答：一", "再"]
        async with browser(address, one.session, first["seq"]) as again:
            assert texts(await again.replies(1)) == ["再"]
        async with browser(address, one.session, second["seq"]) as again:
            await again.say("m2", "二")
            assert texts(await again.replies(2)) == ["答：二", "再"]


async def test_an_open_turn_is_named_in_the_welcome(address: str, store: Database) -> None:
    async with browser(address) as one:
        await one.say("m1", "一")
        turn = (await one.next("ack"))["turn"]
    async with browser(address, one.session) as again:
        assert not again.welcome["fresh"] and again.welcome["open"] == [turn]
        with FakeWorker(store, lambda text: []):
            assert (await again.next("done"))["turn"] == turn


async def test_a_message_that_is_sent_again_counts_once(address: str, store: Database) -> None:
    with FakeWorker(store) as worker:
        async with browser(address) as one:
            await one.say("m1", "一")
            first = await one.next("ack")
            await one.say("m1", "一")
            assert await one.next("ack") == first
        async with browser(address, one.session, 99) as again:
            await again.say("m1", "一")
            assert await again.next("ack") == first
            assert (await again.next("done"))["turn"] == first["turn"]
    assert worker.texts == ["一"]


async def test_every_tab_gets_every_reply(address: str, store: Database) -> None:
    with FakeWorker(store):
        async with browser(address) as one, browser(address, one.session) as other:
            await one.say("m1", "一")
            assert await one.replies(1) == await other.replies(1)


async def test_a_person_speaks_unasked(address: str, store: Database) -> None:
    async with browser(address) as one, browser(address) as stranger:
        body = {"text": "您好", "by": "person", "name": "小李"}
        say(store, conversation(one.session), "web", [body])
        reply = (await one.replies(1))[0]
        assert reply["body"] == body and reply["turn"] is None
        await stranger.send("ping")
        assert (await stranger.next())["type"] == "pong"


FORGERIES: list[Callable[[str], object]] = [
    # Not at its end, where base64 has bits that count for nothing.
    lambda session: session[:-4] + ("A" if session[-4] != "A" else "B") + session[-3:],
    lambda session: "x" + session,
    lambda session: session.split(".")[0],
    lambda session: 5,
    lambda session: "汉字." * 9,
]


@pytest.mark.parametrize("change", FORGERIES, ids=["altered", "longer", "unsigned", "number", "chinese"])
async def test_nobody_reads_another_conversation(address: str, store: Database, change: Any) -> None:
    with FakeWorker(store):
        async with browser(address) as one:
            await one.say("m1", "一")
            await one.replies(1)
        async with browser(address, change(one.session)) as thief:
            assert thief.welcome["fresh"] and thief.session != one.session
            await thief.send("ping")
            assert (await thief.next())["type"] == "pong"


def test_sessions_of_another_key_are_not_ours() -> None:
    ours, theirs = Sessions(b"k" * 32), Sessions(b"l" * 32)
    session = ours.issue()
    assert ours.sender(session) and theirs.sender(session) is None
    assert ours.issue() != session


GARBAGE = [
    "", "x", "[]", "5", "null", "{}", '{"type": 5}', '{"type": "drop"}', '{"type": "message"}', "[" * 9000,
    '{"type": "message", "id": 5, "text": "x"}', '{"type": "message", "id": "x", "text": null}', b"\x00\xff",
    '{"type": "seen", "seq": -1}', '{"type": "seen", "seq": true}', '{"type": "seen", "seq": 1e99}',
    '{"type": "seen", "seq": 99999999999999999999999}', '{"type": "hello", "last_seen": "x"}',
]  # fmt: skip


async def test_garbage_is_answered_and_survived(address: str, store: Database) -> None:
    async with browser(address) as one:
        for data in GARBAGE:
            await (one.ws.send_bytes(data) if isinstance(data, bytes) else one.ws.send_str(data))
            assert (await one.next())["type"] == "error", data
        with FakeWorker(store):
            await one.say("m1", "一")
            assert texts(await one.replies(1)) == ["答：一"]


async def test_endless_garbage_is_cut_off(address: str) -> None:
    async with browser(address) as one:
        for _ in range(30):
            await one.ws.send_str("x")
        while (message := await asyncio.wait_for(one.ws.receive(), 10)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_a_huge_frame_is_cut_off(address: str) -> None:
    async with browser(address) as one:
        await one.ws.send_str("x" * 100_000)
        message = await asyncio.wait_for(one.ws.receive(), 10)
        assert message.type is aiohttp.WSMsgType.CLOSE and message.data == 1009


@pytest.mark.parametrize(("text", "words"), [("", "空"), ("长" * 2001, "2000")], ids=["empty", "long"])
async def test_a_bad_message_is_refused_for_good(address: str, text: str, words: str) -> None:
    async with browser(address) as one:
        await one.say("m1", text)
        error = await one.next()
        assert (error["type"], error["id"], error["retry_after"]) == ("error", "m1", None)
        assert words in error["reason"]


async def test_too_fast_says_when_to_try_again(store: Database, url: str) -> None:
    async with serving(settings_for(url, rate_limit=1), store) as address, browser(address) as one:
        await one.say("m1", "一")
        await one.say("m2", "二")
        error = await one.next("error")
        assert error["id"] == "m2" and 0 < error["retry_after"] <= 60


async def test_a_long_wait_is_explained(address: str, store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = messages.entry("waiting.notes")
    monkeypatch.setattr("channels.web.socket.entry", lambda name: [{**note, "after": 0.1} for note in notes])
    async with browser(address) as one:
        await one.say("m1", "一")
        assert "请稍候" in (await one.next("note"))["text"]
        with FakeWorker(store):
            assert texts(await one.replies(1)) == ["答：一"]


async def test_what_was_seen_is_marked_delivered(address: str, store: Database) -> None:
    def states() -> list[str]:
        with store.read() as tx:
            return list(tx.execute(select(outbox.c.state)).scalars())

    with FakeWorker(store):
        async with browser(address) as one:
            await one.say("m1", "一")
            seq = (await one.replies(1))[0]["seq"]
            await one.send("seen", seq=seq)
            for _ in range(100):
                if states() == [DELIVERED]:
                    return
                await asyncio.sleep(0.05)
    raise AssertionError(states())


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://[", "null"])
async def test_another_sites_page_may_not_connect(address: str, origin: str) -> None:
    with pytest.raises((TypeError, AssertionError, asyncio.TimeoutError)):
        async with browser(address, Origin=origin):
            pass
    async with browser(address, Origin=address):
        pass


@pytest.mark.slow
async def test_two_gateways_one_conversation(url: str, store: Database) -> None:
    with GatewayProcess(url) as first, GatewayProcess(url) as second, FakeWorker(store):
        async with browser(first.address) as one, browser(second.address, one.session) as other:
            await one.say("m1", "一")
            await other.say("m2", "二")
            mine, theirs = await one.replies(2), await other.replies(2)
            assert mine == theirs and sorted(texts(mine)) == ["答：一", "答：二"]


@pytest.mark.slow
async def test_a_gateway_is_killed_in_the_middle(url: str, store: Database) -> None:
    """The browser sends again what was not acknowledged; every message is answered exactly once."""
    seen: dict[int, str] = {}
    session: str | None = None
    unacknowledged = {f"m{number}": f"第{number}句" for number in range(30)}
    gateway = GatewayProcess(url)
    with FakeWorker(store, seconds=0.01) as worker:
        for attempt in range(4):
            with gateway:
                async with browser(gateway.address, session, max(seen, default=0)) as one:
                    session = one.session
                    for key, text in list(unacknowledged.items()):
                        await one.say(key, text)
                    while len(seen) < 30:
                        frame = await one.next("ack", "reply")
                        if frame["type"] == "ack":
                            unacknowledged.pop(frame["id"], None)
                        else:
                            seen[frame["seq"]] = frame["body"]["text"]
                        if attempt < 3 and len(seen) >= 5 * (attempt + 1):
                            break
                gateway.kill()
    assert sorted(worker.texts) == sorted(f"第{number}句" for number in range(30))
    assert sorted(seen.values()) == sorted(f"答：第{number}句" for number in range(30))


async def test_who_waits_for_a_person_with_the_page_open_has_not_left(
    address: str, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.web.socket.THERE_EVERY", 0.05)
    long_ago = datetime.now(timezone.utc) - timedelta(hours=1)
    async with browser(address) as one:
        with store.write() as tx:
            request = handovers.Request(conversation(one.session), "web", "asked")
            waits = handovers.open_handover(tx, request, long_ago)
        for _ in range(200):
            await asyncio.sleep(0.05)
            with store.read() as tx:
                seen = handovers.get(tx, waits.id).seen_at
            if seen > long_ago:
                break
        else:
            raise AssertionError("the page gives no sign of life")
