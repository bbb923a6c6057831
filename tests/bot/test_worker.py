"""The turn worker around an assistant that needs no model, on both databases."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError
from turn_fakes import (
    CIPHER,
    LIBRARY,
    FakeAssistant,
    all_done,
    answers,
    left_behind,
    put,
    replies,
    states,
    until,
    working,
)

from bot import worker as module
from bot.supervisor import SUPERVISED
from bot.worker_process import wait_for
from foundation import heartbeat
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.dialogue import tracker_events
from foundation.errors import ConfigError
from foundation.heartbeat import alive
from foundation.inbox import CLAIMED, DONE, WAITING, Inbox, Incoming, inbox
from foundation.outbox import outbox
from knowledge_base import records
from knowledge_base.records import answer_records

CONVERSATIONS = [f"rest:{number}" for number in range(4)]


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda: LIBRARY)


def workers_alive(database: Database) -> list[heartbeat.Heartbeat]:
    with database.read() as tx:
        return alive(tx, heartbeat.WORKER, datetime.now(timezone.utc), timedelta(seconds=5))


async def test_every_message_is_answered_once_and_in_order(database: Database) -> None:
    for number in range(5):
        for conversation in CONVERSATIONS:
            put(database, conversation, f"问{number}")
    async with working(FakeAssistant(), database):
        await all_done(database)
    for conversation in CONVERSATIONS:
        assert answers(database, conversation) == [f"答：问{number}" for number in range(5)]
        turn = replies(database, conversation)[:2]
        assert [(reply.position, reply.last) for reply in turn] == [(0, False), (1, True)]
    with database.read() as tx:
        assert tx.execute(select(inbox.c.body).distinct()).scalars().all() == [None], "texts are erased"


async def test_what_a_turn_leaves_behind(database: Database) -> None:
    [id] = put(database, "rest:a", "护照多少钱")
    async with working(FakeAssistant(), database):
        await all_done(database)
    with database.read() as tx:
        events = tx.execute(select(tracker_events.c.type).order_by(tracker_events.c.id)).scalars().all()
        record = tx.execute(select(answer_records)).one()
        reply = tx.execute(select(outbox).where(outbox.c.last == 1)).one()
    assert events == ["user", "bot"]
    assert record.number == reply.body["custom"]["answer"]["record"]
    assert (record.conversation, record.inbox_id, record.kind, record.unit_id) == ("rest:a", id, "item", "passport")
    assert record.text == "请稍等。\n\n答：护照多少钱", "word for word what was read"
    assert record.payload == reply.body["custom"]["answer"]


async def test_the_message_reaches_the_assistant_as_it_was_stored(database: Database) -> None:
    assistant = FakeAssistant()
    put(database, "rest:a", "护照⟦id:7f3a⟧", metadata={"large_print": True})
    async with working(assistant, database):
        await all_done(database)
    assert assistant.asked == [("rest:a", "rest", "护照⟦id:7f3a⟧", None, {"large_print": True})]


async def test_conversations_go_side_by_side_and_none_overtakes_itself(database: Database) -> None:
    assistant = FakeAssistant(seconds=0.15)
    for conversation in CONVERSATIONS:
        put(database, conversation, "一", "二", "三")
    async with working(assistant, database):
        await all_done(database)
    assert assistant.most_side_by_side > 1
    assert assistant.overlapping == []


async def test_not_more_side_by_side_than_allowed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIDE_BY_SIDE", 2)
    assistant = FakeAssistant(seconds=0.5)
    for conversation in CONVERSATIONS:
        put(database, conversation, "一")
    async with working(assistant, database):
        await all_done(database)
    assert assistant.most_side_by_side == 2


async def test_several_messages_are_taken_in_one_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    claim_some = Inbox.claim_some

    def counted(*arguments: Any) -> Any:
        found = claim_some(*arguments)
        taken.append(len(found))
        return found

    monkeypatch.setattr(Inbox, "claim_some", counted)
    for conversation in CONVERSATIONS:
        put(database, conversation, "一")
    async with working(FakeAssistant(), database):
        await all_done(database)
    assert max(taken) == len(CONVERSATIONS) == module.AT_ONCE


async def test_a_turn_that_failed_is_run_again(database: Database) -> None:
    put(database, "rest:a", "坏一次", "后一句")
    async with working(FakeAssistant(failures={"坏一次": 1}), database):
        await all_done(database)
    assert answers(database, "rest:a") == ["答：坏一次", "答：后一句"]


async def test_after_three_failures_an_apology(database: Database) -> None:
    assistant = FakeAssistant(failures={"总是坏": 99})
    put(database, "rest:a", "总是坏", "后一句")
    put(database, "rest:b", "别人的话")
    async with working(assistant, database):
        await all_done(database)
    apology, following = answers(database, "rest:a")
    assert "对不起" in apology and "12345" in apology
    assert following == "答：后一句"
    assert answers(database, "rest:b") == ["答：别人的话"]
    assert assistant.turns.count(("rest:a", "总是坏")) == module.MOST_ATTEMPTS
    answer = replies(database, "rest:a")[0].body["custom"]["answer"]
    assert answer["kind"] == "fallback" and answer["record"] is None


def altered(database: Database, conversation: str) -> None:
    """One byte of its messages."""
    with database.write() as tx:
        for row in tx.execute(select(inbox).where(inbox.c.conversation == conversation)).all():
            body = row.body[:-1] + bytes([row.body[-1] ^ 1])
            tx.execute(update(inbox).where(inbox.c.id == row.id).values(body=body))


async def test_a_message_that_cannot_be_decrypted_keeps_nobody_waiting(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    assistant, other_key = FakeAssistant(), Inbox(Cipher(b"n" * 32))
    with database.write() as tx:
        other_key.accept(tx, Incoming("rest:a", "rest", "换了密钥"), datetime.now(timezone.utc))
    put(database, "rest:b", "改了一个字节")
    altered(database, "rest:b")
    with database.write() as tx:
        other_key.accept(tx, Incoming("rest:c", "rest", "没有了"), datetime.now(timezone.utc))
        tx.execute(update(inbox).where(inbox.c.conversation == "rest:c").values(body=None))
    for conversation in ("rest:a", "rest:b", "rest:c", "rest:d"):
        put(database, conversation, "下一句")
    async with working(assistant, database):
        await all_done(database)
    for conversation in ("rest:a", "rest:b", "rest:c"):
        apology, following = answers(database, conversation)
        assert "对不起" in apology and "12345" in apology and following == "答：下一句"
    assert answers(database, "rest:d") == ["答：下一句"]
    assert {text for _, text in assistant.turns} == {"下一句"}
    assert "ZHENGWU_SECRET_KEY" in caplog.text and not set("钥字节了") & set(caplog.text)


@pytest.mark.parametrize("body", ["'{}'", "'forged'", "CAST(X'7bff7d' AS TEXT)"])
async def test_a_conversation_that_cannot_be_read_keeps_nobody_else_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    if body != "'{}'" and not database.is_sqlite:
        pytest.skip("PostgreSQL takes JSON only")
    monkeypatch.setattr(module, "REST_SECONDS", 0.01)
    put(database, "rest:a", "一")
    async with working(FakeAssistant(), database):
        await all_done(database)
        with database.write() as tx:
            tx.execute(sql(f"UPDATE tracker_events SET body = {body}"))
        put(database, "rest:a", "二")
        put(database, "rest:b", "一")
        await all_done(database)
    assert "对不起" in answers(database, "rest:a")[-1]
    assert answers(database, "rest:b") == ["答：一"]


async def test_a_lost_lease_leaves_nothing(database: Database) -> None:
    assistant = FakeAssistant(seconds=0.5)
    put(database, "rest:a", "问")
    async with working(assistant, database):
        await until(lambda: assistant.turns)
        taken = update(inbox).values(fence=inbox.c.fence + 1, worker="other", state=CLAIMED)
        later = datetime.now(timezone.utc) + timedelta(seconds=60)
        with database.write() as tx:
            tx.execute(taken.values(lease_until=later))
        await until(lambda: not assistant.under_way["rest:a"])
        await asyncio.sleep(0.3)
    assert left_behind(database) == (0, 0, 0)
    assert states(database) == [CLAIMED]


@pytest.mark.parametrize("broken", ["records.write", "trackers.write", "outbox.add"])
async def test_a_turn_is_written_whole_or_not_at_all(
    database: Database, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    owner, _, name = broken.partition(".")
    failed = threading.Event()

    def fail(*_: object, **__: object) -> None:
        failed.set()
        raise RuntimeError("no space left")

    monkeypatch.setattr(getattr(module, owner), name, fail)
    put(database, "rest:a", "问")
    async with working(FakeAssistant(), database):
        await until(failed.is_set)
        assert left_behind(database) == (0, 0, 0)
        assert DONE not in states(database)
        monkeypatch.undo()
        monkeypatch.setattr(module, "open_library", lambda: LIBRARY)
        await all_done(database)
    assert left_behind(database) == (2, 2, 1)


async def test_a_record_number_that_came_twice_is_drawn_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = records.new_number()
    drawn = iter([number, number, records.new_number()])
    monkeypatch.setattr("turn_fakes.new_number", lambda: next(drawn))
    put(database, "rest:a", "一", "二")
    async with working(FakeAssistant(), database):
        await all_done(database)
    assert answers(database, "rest:a") == ["答：一", "答：二"]


async def test_the_lease_of_a_long_turn_is_renewed(database: Database) -> None:
    slow, idle = FakeAssistant(seconds=3), FakeAssistant()
    put(database, "rest:a", "慢")
    async with working(slow, database, "worker-1", lease=1.2):
        await until(lambda: slow.turns)
        async with working(idle, database, "worker-2", lease=1.2):
            await all_done(database)
    assert len(slow.turns) == 1 and idle.turns == []
    assert answers(database, "rest:a") == ["答：慢"]


async def test_renewing_outlives_a_hiccup_of_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    renew, calls = Inbox.renew, []

    def once_away(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("UPDATE", {}, Exception("away"))
        renew(*arguments)

    monkeypatch.setattr(Inbox, "renew", once_away)
    slow, idle = FakeAssistant(seconds=3.5), FakeAssistant()
    put(database, "rest:a", "慢")
    async with working(slow, database, "worker-1", lease=1.8):
        await until(lambda: slow.turns)
        async with working(idle, database, "worker-2", lease=1.8):
            await all_done(database)
    assert len(calls) > 1
    assert answers(database, "rest:a") == ["答：慢"] and idle.turns == []


async def test_claiming_outlives_a_hiccup_of_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, calls = Inbox.claim, []

    def once_away(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("SELECT", {}, Exception("away"))
        return claim(*arguments)

    monkeypatch.setattr(Inbox, "claim", once_away)
    put(database, "rest:a", "问")
    async with working(FakeAssistant(), database):
        await all_done(database)


async def test_the_database_failing_often_is_no_fault_of_the_message(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_SECONDS", 0.01)
    away = OperationalError("SELECT", {}, Exception("away"))
    put(database, "rest:a", "问")
    async with working(FakeAssistant(failures={"问": 2 * module.MOST_ATTEMPTS}, error=away), database):
        await all_done(database)
    assert answers(database, "rest:a") == ["答：问"], "no apology"


async def test_a_message_is_given_back_as_soon_as_the_database_takes_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, calls = Inbox.release, []

    def long_away(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) < 5:
            raise OperationalError("UPDATE", {}, Exception("away"))
        release(*arguments)

    monkeypatch.setattr(Inbox, "release", long_away)
    monkeypatch.setattr(module, "REST_SECONDS", 0.01)
    put(database, "rest:a", "坏一次")
    async with working(FakeAssistant(failures={"坏一次": 1}), database, lease=600):
        await all_done(database)
    assert answers(database, "rest:a") == ["答：坏一次"]


async def test_a_worker_that_starts_waits_for_the_database(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    free, calls = Inbox.release_worker, []

    def once_away(*arguments: Any) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("UPDATE", {}, Exception("away"))
        return free(*arguments)

    monkeypatch.setattr(Inbox, "release_worker", once_away)
    put(database, "rest:a", "问")
    async with working(FakeAssistant(), database):
        await all_done(database)


def test_only_a_supervised_worker_waits_for_a_database_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Database("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    monkeypatch.delenv(SUPERVISED, raising=False)
    with pytest.raises(ConfigError, match="does not answer"):
        wait_for(nobody)
    answers = iter([ConfigError("away"), None])

    def check() -> None:
        if error := next(answers):
            raise error

    monkeypatch.setattr(nobody, "check", check)
    monkeypatch.setenv(SUPERVISED, "1")
    wait_for(nobody)


async def test_stopping_finishes_the_turns_under_way(database: Database) -> None:
    assistant = FakeAssistant(seconds=0.5)
    put(database, "rest:a", "一", "二")
    async with working(assistant, database) as worker:
        await until(lambda: assistant.turns)
        worker.stop()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert answers(database, "rest:a") == ["答：一"]
    assert states(database) == [DONE, WAITING], "what was not begun waits for the next worker"
    assert workers_alive(database) == []


async def test_the_heartbeat(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    async with working(FakeAssistant(), database):
        await until(lambda: workers_alive(database))
        [first] = workers_alive(database)
        assert first.name == "worker-1"
        assert first.detail == {"pid": os.getpid(), "release": 3, "degraded": False}
        await until(lambda: workers_alive(database)[0].beat_at > first.beat_at)
    assert workers_alive(database) == []


async def test_what_a_dead_predecessor_held_is_answered_at_once(database: Database) -> None:
    put(database, "rest:a", "问", "又问")
    with database.write() as tx:
        held = Inbox(CIPHER).claim(tx, "worker-1", datetime.now(timezone.utc), timedelta(hours=1))
        assert held is not None
    async with working(FakeAssistant(), database):
        await all_done(database, seconds=5)
    assert answers(database, "rest:a") == ["答：问", "答：又问"]


async def test_what_a_dead_stranger_held_is_answered_when_its_lease_ends(database: Database) -> None:
    put(database, "rest:a", "问")
    with database.write() as tx:
        Inbox(CIPHER).claim(tx, "worker-9", datetime.now(timezone.utc), timedelta(seconds=1.5))
    assistant = FakeAssistant()
    async with working(assistant, database):
        await asyncio.sleep(0.5)
        assert assistant.turns == []
        await all_done(database)


async def test_two_workers_share_the_work(database: Database) -> None:
    one, other = FakeAssistant(seconds=0.01), FakeAssistant(seconds=0.01)
    conversations = [f"rest:{number}" for number in range(12)]
    for text in ("一", "二", "三"):
        for conversation in conversations:
            put(database, conversation, text)
    async with working(one, database, "worker-1"), working(other, database, "worker-2"):
        await all_done(database)
    assert len(one.turns) + len(other.turns) == 36
    assert all(answers(database, conversation) == ["答：一", "答：二", "答：三"] for conversation in conversations)


async def test_an_answer_without_number_makes_no_record(database: Database) -> None:
    from turn_fakes import echo

    class Silent(FakeAssistant):
        async def turn(self, *arguments: Any, **more: Any) -> Any:
            result = echo("问")
            result.replies[-1]["custom"]["answer"]["record"] = None
            return result

    put(database, "rest:a", "问")
    async with working(Silent(), database):
        await all_done(database)
    assert left_behind(database) == (2, 2, 0)


async def test_an_inbox_that_stays_empty_is_looked_into_less_often(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    is_there = Inbox.any_free
    monkeypatch.setattr(Inbox, "any_free", lambda self, *given: looks.append(time.monotonic()) or is_there(*given))
    monkeypatch.setattr(module, "BUSY_FOR", 0.5)
    put(database, "rest:a", "一")
    async with working(FakeAssistant(), database):
        await all_done(database)
        done = time.monotonic()
        await asyncio.sleep(2)
        put(database, "rest:a", "二")
        began = time.monotonic()
        await all_done(database)
        assert time.monotonic() - began < 1, "and yet soon answered"
    quiet = [look for look in looks if done + 0.8 < look < done + 1.9]
    assert 1 <= len(quiet) <= 12
    assert database.is_sqlite or min(after - before for before, after in pairwise(quiet)) >= 0.09
