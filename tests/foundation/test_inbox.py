from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from foundation import outbox
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import LeaseLost
from foundation.inbox import Accepted, Claim, Inbox, Incoming, inbox

LEASE = timedelta(seconds=20)


@pytest.fixture
def box(cipher: Cipher) -> Inbox:
    return Inbox(cipher)


def accept(
    database: Database, box: Inbox, clock: FixedClock, conversation: str, text: str, message_id: str | None = None
) -> Accepted:
    with database.write() as tx:
        return box.accept(tx, Incoming(conversation, "web", text, message_id, {"n": 1}), clock.now())


def claim(database: Database, box: Inbox, clock: FixedClock, worker: str = "w1") -> Claim | None:
    with database.write() as tx:
        return box.claim(tx, worker, clock.now(), LEASE)


def test_messages_of_a_conversation_are_done_in_order(database: Database, box: Inbox, clock: FixedClock) -> None:
    for text in ("一", "二", "三"):
        accept(database, box, clock, "web:a", text)
    done = []
    while (held := claim(database, box, clock)) is not None:
        assert claim(database, box, clock, "w2") is None  # the conversation is held
        with database.write() as tx:
            box.finish(tx, held, clock.now())
        done.append(held.message.text)
    assert done == ["一", "二", "三"]


def test_conversations_do_not_wait_for_each_other(database: Database, box: Inbox, clock: FixedClock) -> None:
    for conversation in ("web:a", "web:a", "web:b"):
        accept(database, box, clock, conversation, "问")
    held = [claim(database, box, clock, worker) for worker in ("w1", "w2", "w3")]
    assert [c.message.conversation if c else None for c in held] == ["web:a", "web:b", None]


def test_several_are_taken_at_once_of_each_conversation_the_oldest(
    database: Database, box: Inbox, clock: FixedClock
) -> None:
    for conversation in ("a", "b", "a", "c", "d"):
        accept(database, box, clock, conversation, "问")
    with database.write() as tx:
        found = box.claim_some(tx, "w1", clock.now(), LEASE, 3)
    assert [(one.id, one.message.conversation, one.fence) for one in found] == [(1, "a", 1), (2, "b", 1), (4, "c", 1)]
    with database.write() as tx:
        assert [one.id for one in box.claim_some(tx, "w2", clock.now(), LEASE, 3)] == [5], "a waits for its first"
    with database.write() as tx:
        assert box.claim_some(tx, "w2", clock.now(), LEASE, 3) == []
        box.finish(tx, found[0], clock.now())
        assert [one.id for one in box.claim_some(tx, "w2", clock.now(), LEASE, 3)] == [3]


def test_a_message_comes_back_as_it_went_in(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "⟦id:7f3a⟧ /restart \ud800 <b>", "m1")
    held = claim(database, box, clock)
    assert held and held.message == Incoming("web:a", "web", "⟦id:7f3a⟧ /restart \ud800 <b>", "m1", {"n": 1})
    assert held.received_at == clock.now() and held.fence == 1


def test_texts_are_encrypted_and_erased_when_done(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "plain words")
    held = claim(database, box, clock)
    with database.write() as tx:
        assert b"plain" not in tx.execute(select(inbox.c.body)).scalar_one()
        assert held
        box.finish(tx, held, clock.now())
        assert tx.execute(select(inbox.c.body)).scalar_one() is None


def test_a_repost_is_a_duplicate_of_the_first(database: Database, box: Inbox, clock: FixedClock) -> None:
    first = accept(database, box, clock, "web:a", "问", "m1")
    assert accept(database, box, clock, "web:a", "问", "m1") == Accepted(first.id, duplicate=True, attempt=2)
    assert not accept(database, box, clock, "web:b", "问", "m1").duplicate
    assert not accept(database, box, clock, "web:a", "问").duplicate
    assert not accept(database, box, clock, "web:a", "问").duplicate


def test_reposts_at_once_are_one_message(database: Database, box: Inbox, clock: FixedClock) -> None:
    start = threading.Barrier(8)

    def post(_: int) -> Accepted:
        start.wait()
        return accept(database, box, clock, "web:a", "问", "m1")

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(post, range(8)))
    assert len({a.id for a in accepted}) == 1
    assert sum(not a.duplicate for a in accepted) == 1


def test_a_lease_that_ran_out_is_taken_over(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "一")
    accept(database, box, clock, "web:a", "二")
    slow = claim(database, box, clock, "slow")
    clock.advance(seconds=19)
    assert claim(database, box, clock, "w2") is None
    clock.advance(seconds=2)
    taken = claim(database, box, clock, "w2")
    assert slow and taken and taken.id == slow.id and taken.fence == slow.fence + 1
    assert claim(database, box, clock, "w3") is None


def test_a_renewed_lease_is_kept(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "一")
    held = claim(database, box, clock)
    clock.advance(seconds=15)
    with database.write() as tx:
        assert held
        box.renew(tx, held, clock.now() + LEASE)
    clock.advance(seconds=15)
    assert claim(database, box, clock, "w2") is None


def test_a_worker_that_lost_its_lease_leaves_nothing(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "一")
    slow = claim(database, box, clock, "slow")
    clock.advance(seconds=30)
    quick = claim(database, box, clock, "quick")
    assert slow and quick
    with pytest.raises(LeaseLost), database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "迟到的"}], clock.now(), slow.id)
        box.finish(tx, slow, clock.now())
    for late in (box.release, lambda tx, c: box.renew(tx, c, clock.now())):
        with pytest.raises(LeaseLost), database.write() as tx:
            late(tx, slow)
    with database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "准时的"}], clock.now(), quick.id)
        box.finish(tx, quick, clock.now())
        assert [reply.body["text"] for reply in outbox.replies_to(tx, quick.id)] == ["准时的"]
    with pytest.raises(LeaseLost), database.write() as tx:
        box.finish(tx, quick, clock.now())


def test_messages_are_given_back(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "一")
    accept(database, box, clock, "web:b", "二")
    held = claim(database, box, clock, "w1")
    claim(database, box, clock, "w2")
    with database.write() as tx:
        assert held
        box.release(tx, held)
        assert box.release_worker(tx, "w2") == 1
        assert box.waiting(tx) == 2
    again = claim(database, box, clock, "w3")
    assert again and again.id == held.id and again.fence == 2
    with pytest.raises(LeaseLost), database.write() as tx:
        box.finish(tx, held, clock.now())


def test_a_claim_that_does_not_count(database: Database, box: Inbox, clock: FixedClock) -> None:
    accept(database, box, clock, "web:a", "一")
    for _ in range(3):
        held = claim(database, box, clock, "w1")
        assert held and held.fence == 1
        with database.write() as tx:
            box.release(tx, held, counted=False)
    last = claim(database, box, clock, "w2")
    with database.write() as tx:
        assert last
        box.finish(tx, last, clock.now())
    with pytest.raises(LeaseLost), database.write() as tx:
        box.release(tx, last, counted=False)


def test_many_workers_do_each_message_once_and_in_order(database: Database, box: Inbox, clock: FixedClock) -> None:
    conversations, each = 8, 6
    for n in range(each):
        for c in range(conversations):
            accept(database, box, clock, f"web:{c}", str(n))
    done: dict[str, list[int]] = defaultdict(list)
    at_work: set[str] = set()
    guard = threading.Lock()

    def work(name: str) -> None:
        while True:
            with database.write() as tx:
                held = box.claim(tx, name, clock.now(), LEASE)
                left = box.waiting(tx)
            if held is None:
                if left == 0:
                    return
                continue
            conversation = held.message.conversation
            with guard:
                assert conversation not in at_work
                at_work.add(conversation)
            time.sleep(0.002)
            with guard:
                done[conversation].append(int(held.message.text))
                at_work.remove(conversation)
            with database.write() as tx:
                outbox.add(tx, conversation, "web", [{"text": held.message.text}], clock.now(), held.id)
                box.finish(tx, held, clock.now())

    with ThreadPoolExecutor(6) as pool:
        for worker in [pool.submit(work, f"w{n}") for n in range(6)]:
            worker.result(timeout=60)
    assert dict(done) == {f"web:{c}": list(range(each)) for c in range(conversations)}
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(outbox.outbox)).scalar_one() == conversations * each
