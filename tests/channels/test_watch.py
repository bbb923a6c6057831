from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from channels import watch
from channels.watch import Tail
from foundation import outbox as sending
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.inbox import Inbox, Incoming
from foundation.outbox import PENDING, outbox

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)


def row(number: int, conversation: str = "web:a") -> dict[str, Any]:
    return {
        "id": number, "conversation": conversation, "channel": "web", "position": 0, "last": 1, "body": {"text": "x"},
        "state": PENDING, "attempts": 0, "created_at": NOW,
    }  # fmt: skip


class Reader:
    """Reads on from where it was."""

    def __init__(self, database: Database, in_order: bool) -> None:
        self._database, self._tail, self._position = database, Tail(in_order), None

    def read(self) -> list[int]:
        with self._database.read() as tx:
            found, self._position = self._tail.read(tx, ["web:a"], self._position)
        return [reply.id for reply in found]


def add(database: Database, *rows: dict[str, Any]) -> None:
    with database.write() as tx:
        tx.execute(insert(outbox), list(rows))


def test_only_what_comes_after_the_first_look(database: Database) -> None:
    reader = Reader(database, in_order=database.is_sqlite)
    add(database, row(1), row(2))
    assert reader.read() == []
    add(database, row(3), row(4, "web:b"), row(5))
    assert reader.read() == [3, 5]
    assert reader.read() == []


def test_a_row_that_becomes_visible_late_is_not_missed(database: Database) -> None:
    """As on PostgreSQL, where ids are given out before the commit."""
    reader = Reader(database, in_order=False)
    add(database, row(10))
    reader.read()
    add(database, row(12))
    assert reader.read() == [12]
    add(database, row(11), row(13))
    assert reader.read() == [11, 13]
    assert reader.read() == []


def test_many_rows_at_once(database: Database) -> None:
    reader = Reader(database, in_order=database.is_sqlite)
    reader.read()
    add(database, *(row(number) for number in range(1, 1201)))
    assert reader.read() == list(range(1, 1201))


async def test_whoever_comes_after_nobody_listened_is_told_nothing_old(database: Database) -> None:
    watcher = watch.Watcher(database)
    await watcher.start()
    try:
        async with watcher.subscribe("web:a"):
            pass
        await asyncio.sleep(0.2)  # it looks no more
        add(database, row(1), row(2))
        async with watcher.subscribe("web:a") as news:
            add(database, row(3))
            assert (await asyncio.wait_for(news.get(), 10)).id == 3
            assert news.empty()
    finally:
        await watcher.stop()


async def test_whoever_waits_is_answered_though_a_look_has_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For whatever reason: the watcher has no other."""
    monkeypatch.setattr(watch, "BROKEN", 0.01)
    inbox, now = Inbox(Cipher(bytes.fromhex("5a" * 32))), datetime.now(timezone.utc)
    with database.write() as tx:
        id = inbox.accept(tx, Incoming("rest:a", "rest", "问"), now, answered=True).id
        sending.add(tx, "rest:a", "rest", [{"text": "答"}], now, id)
    failures = [OperationalError("SELECT", {}, Exception("away")), RuntimeError("broken")]
    look = watch.replies_of_done

    def fails_twice(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return look(*arguments)

    monkeypatch.setattr(watch, "replies_of_done", fails_twice)
    watcher = watch.Watcher(database)
    await watcher.start()
    try:
        assert [reply.body for reply in await watcher.replies(id, 10)] == [{"text": "答"}]
    finally:
        await watcher.stop()
    assert not failures


@pytest.mark.parametrize("broken", ["after", "replies_of_done"])
async def test_a_reply_is_told_though_the_look_that_found_it_has_failed(
    database: Database, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(watch, "BROKEN", 0.01)
    inbox, now = Inbox(Cipher(bytes.fromhex("5a" * 32))), datetime.now(timezone.utc)
    failures, read = [OperationalError("SELECT", {}, Exception("away"))], getattr(watch, broken)

    def fails_once(*arguments: Any, **named: Any) -> Any:
        if failures:
            raise failures.pop()
        return read(*arguments, **named)

    watcher = watch.Watcher(database)
    await watcher.start()
    try:
        async with watcher.subscribe("web:a") as news:
            monkeypatch.setattr(watch, broken, fails_once)
            with database.write() as tx:
                id = inbox.accept(tx, Incoming("web:a", "web", "问"), now, answered=True).id
                sending.add(tx, "web:a", "web", [{"text": "答"}], now, id)
            await watcher.replies(id, 10)
            assert (await asyncio.wait_for(news.get(), 10)).body == {"text": "答"}
    finally:
        await watcher.stop()
    assert not failures


async def test_a_reply_is_told_though_the_server_died_before_the_look_was_closed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a transaction that has read all it wanted is a message to the server too."""
    monkeypatch.setattr(watch, "BROKEN", 0.01)
    inbox, now = Inbox(Cipher(bytes.fromhex("5a" * 32))), datetime.now(timezone.utc)
    failed, reading = [], database.read

    @contextmanager
    def dies_at_the_end() -> Iterator[Any]:
        with reading() as tx:
            yield tx
            if not failed and tx.execute(select(func.count()).select_from(outbox)).scalar_one():
                failed.append("the look that found the reply")
                raise OperationalError("ROLLBACK", {}, Exception("server closed the connection unexpectedly"))

    watcher = watch.Watcher(database)
    await watcher.start()
    try:
        async with watcher.subscribe("web:a") as news:
            monkeypatch.setattr(database, "read", dies_at_the_end)
            with database.write() as tx:
                id = inbox.accept(tx, Incoming("web:a", "web", "问"), now, answered=True).id
                sending.add(tx, "web:a", "web", [{"text": "答"}], now, id)
            assert (await asyncio.wait_for(news.get(), 10)).body == {"text": "答"}
            assert news.empty()
    finally:
        await watcher.stop()
    assert failed


async def test_it_stops_in_the_moment_when_somebody_begins_to_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ASKING", watch.Pauses(0.01, 5.0))
    monkeypatch.setattr(watch, "QUERYING", watch.Pauses(0.01, 5.0))
    watcher = watch.Watcher(database)
    await watcher.start()
    async with watcher.subscribe("web:a"):
        await asyncio.sleep(0.3)  # its next look is far off
        waiting = asyncio.create_task(watcher.replies(1, None))
        await asyncio.sleep(0)
        await asyncio.wait_for(watcher.stop(), 3)
        waiting.cancel()
