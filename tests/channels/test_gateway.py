from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from channel_helpers import FakeWorker, echo, say, settings_for
from sqlalchemy import select

from channels import storage
from channels.gateway import Gateway, running
from channels.refused import Refused
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.inbox import Inbox, inbox
from foundation.outbox import DELIVERED, PENDING, outbox
from foundation.vault import Vault

ID_CARD = "110101199003074514"


def new_gateway(store: Database, cipher: Cipher, **changes: Any) -> Gateway:
    settings = settings_for(store.engine.url.render_as_string(hide_password=False), **changes)
    return Gateway(store, Inbox(cipher), Vault(cipher), SystemClock(), settings)


@pytest.fixture
def worker(database: Database) -> Iterator[FakeWorker]:
    with FakeWorker(database) as fake:
        yield fake


async def test_a_message_gets_its_replies(database: Database, cipher: Cipher, worker: FakeWorker) -> None:
    async with running(new_gateway(database, cipher)) as gateway:
        accepted = await gateway.receive("rest", "a", "你好")
        replies = await gateway.replies(accepted.id, 10)
        assert [reply.body["text"] for reply in replies] == ["答：你好"]
        assert replies[0].conversation == "rest:a" and replies[0].last


async def test_replies_of_one_turn_come_together_in_order(database: Database, cipher: Cipher) -> None:
    with FakeWorker(database, lambda text: [{"text": f"{text}{n}"} for n in range(5)]):
        async with running(new_gateway(database, cipher)) as gateway:
            accepted = await gateway.receive("rest", "a", "x")
            replies = await gateway.replies(accepted.id, 10)
            assert [reply.body["text"] for reply in replies] == ["x0", "x1", "x2", "x3", "x4"]
            assert [reply.last for reply in replies] == [False] * 4 + [True]


async def test_a_turn_may_say_nothing(database: Database, cipher: Cipher) -> None:
    with FakeWorker(database, lambda text: []):
        async with running(new_gateway(database, cipher)) as gateway:
            accepted = await gateway.receive("rest", "a", "x")
            assert await gateway.replies(accepted.id, 10) == []


async def test_nobody_answers_in_time(store: Database, cipher: Cipher) -> None:
    async with running(new_gateway(store, cipher)) as gateway:
        accepted = await gateway.receive("rest", "a", "x")
        with pytest.raises(asyncio.TimeoutError):
            await gateway.replies(accepted.id, 0.2)
        with FakeWorker(store):
            assert len(await gateway.replies(accepted.id, 10)) == 1


async def test_a_message_id_counts_once(database: Database, cipher: Cipher, worker: FakeWorker) -> None:
    async with running(new_gateway(database, cipher)) as one, running(new_gateway(database, cipher)) as other:
        accepted = await asyncio.gather(*(g.receive("rest", "a", "x", "m1") for g in [one, other] * 5))
        assert len({a.id for a in accepted}) == 1
        assert sum(not a.duplicate for a in accepted) == 1
        both = await asyncio.gather(one.replies(accepted[0].id, 10), other.replies(accepted[0].id, 10))
        assert both[0] == both[1] and worker.texts == ["x"]
        someone_else = await one.receive("rest", "b", "x", "m1")
        assert not someone_else.duplicate


async def test_identifiers_are_masked_before_they_are_stored(store: Database, cipher: Cipher) -> None:
    async with running(new_gateway(store, cipher)) as gateway:
        await gateway.receive("rest", "a", f"我的身份证是{ID_CARD}，电话13800138000")
    with FakeWorker(store) as worker:
        while not worker.texts:
            await asyncio.sleep(0.01)
    assert ID_CARD not in worker.texts[0] and "13800138000" not in worker.texts[0] and "⟦id:" in worker.texts[0]


LOOKS_LIKE = {
    "restart": "/restart",
    "intent": '/greet{"a": 1}',
    "markup": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE inbox; --",
    "emoji": "😀👍🏽",
    "controls": "\x01\x1b[31m",
    "nul": "a\x00b",
    "half": "\ud800x",
}


@pytest.mark.parametrize("text", LOOKS_LIKE.values(), ids=LOOKS_LIKE.keys())
async def test_whatever_it_looks_like_it_is_text(store: Database, cipher: Cipher, text: str) -> None:
    with FakeWorker(store) as worker:
        async with running(new_gateway(store, cipher)) as gateway:
            accepted = await gateway.receive("rest", "a", text)
            await gateway.replies(accepted.id, 10)
    assert worker.texts == [text.replace("\x00", "").replace("\ud800", "?")]


async def test_too_fast(store: Database, cipher: Cipher) -> None:
    async with running(new_gateway(store, cipher, rate_limit=3)) as gateway:
        for number in range(3):
            await gateway.receive("rest", "a", str(number))
        with pytest.raises(Refused) as caught:
            await gateway.receive("rest", "a", "4")
        assert caught.value.status == 429 and caught.value.retry_after and "20" in caught.value.reason
        await gateway.receive("rest", "b", "1")


async def test_what_a_platform_posts_again_is_not_too_fast(store: Database, cipher: Cipher) -> None:
    async with running(new_gateway(store, cipher, rate_limit=2)) as gateway:
        for _ in range(4):  # also while nothing more would be taken
            await gateway.receive("wechat", "a", "一", "m1")
        await gateway.receive("wechat", "a", "二", "m2")
        assert (await gateway.receive("wechat", "a", "二", "m2")).duplicate
        for message_id in ("m3", None):
            with pytest.raises(Refused):
                await gateway.receive("wechat", "a", "三", message_id)


async def test_a_subscriber_misses_nothing_and_sees_nothing_twice(database: Database, cipher: Cipher) -> None:
    async with running(new_gateway(database, cipher)) as gateway:
        say(database, "web:a", "web", echo("before"))

        def talk() -> None:
            for number in range(40):
                say(database, "web:a", "web", echo(str(number)))
                say(database, "web:other", "web", echo("not for a"))

        talking = asyncio.create_task(asyncio.to_thread(talk))
        await asyncio.sleep(0.02)
        async with gateway.subscribe("web:a") as news:
            seen = {reply.id: reply for reply in await gateway.after("web:a", 0)}
            await talking
            await asyncio.sleep(0.3)
            queued = [news.get_nowait() for _ in range(news.qsize())]
            assert len({reply.id for reply in queued}) == len(queued)
            seen |= {reply.id: reply for reply in queued}
        texts = [seen[key].body["text"] for key in sorted(seen)]
        assert texts == ["答：before", *(f"答：{number}" for number in range(40))]


async def test_after_reads_past_one_page(store: Database, cipher: Cipher) -> None:
    say(store, "web:a", "web", [{"text": str(number)} for number in range(450)])
    async with running(new_gateway(store, cipher)) as gateway:
        replies = await gateway.after("web:a", 0)
        assert len(replies) == 450
        assert len(await gateway.after("web:a", replies[399].id)) == 50


async def test_receipts_are_stored(store: Database, cipher: Cipher) -> None:
    say(store, "web:a", "web", [{"text": "1"}, {"text": "2"}, {"text": "3"}])
    say(store, "web:b", "web", [{"text": "1"}])
    async with running(new_gateway(store, cipher)) as gateway:
        gateway.acknowledge("web:a", 2)
        gateway.acknowledge("web:a", 1)
    with store.read() as tx:
        states = tx.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars().all()
    assert states == [DELIVERED, DELIVERED, PENDING, PENDING]


async def test_open_turns(store: Database, cipher: Cipher) -> None:
    async with running(new_gateway(store, cipher)) as gateway:
        accepted = [await gateway.receive("web", "a", str(number)) for number in range(3)]
        assert await gateway.open_turns("web:a") == [a.id for a in accepted]
        with FakeWorker(store):
            for a in accepted:
                await gateway.replies(a.id, 10)
        assert await gateway.open_turns("web:a") == []


async def test_a_database_that_fails_is_a_polite_refusal(store: Database, cipher: Cipher) -> None:
    inbox.drop(store.engine)
    async with running(new_gateway(store, cipher)) as gateway:
        with pytest.raises(Refused) as caught:
            await gateway.receive("rest", "a", "x")
    assert caught.value.status == 503 and "12345" in caught.value.reason


async def test_too_many_at_once_are_told_so(store: Database, cipher: Cipher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "QUEUE", 5)
    async with running(new_gateway(store, cipher)) as gateway:
        with store.write():  # nobody else can write meanwhile
            calls = [asyncio.create_task(gateway.receive("rest", f"s{n}", "x")) for n in range(10)]
            await asyncio.sleep(0.1)
            refused = [call for call in calls if call.done()]
        results = await asyncio.gather(*calls, return_exceptions=True)
    assert len(refused) == 4
    assert sum(isinstance(result, Refused) and result.status == 503 for result in results) == 4
