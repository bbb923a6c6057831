from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from foundation import outbox
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.inbox import Inbox, Incoming


def _ask(database: Database, cipher: Cipher, clock: FixedClock, conversation: str = "web:a") -> int:
    with database.write() as tx:
        return Inbox(cipher).accept(tx, Incoming(conversation, "web", "问"), clock.now()).id


def test_replies_of_a_turn_come_in_order_and_the_last_is_marked(
    database: Database, cipher: Cipher, clock: FixedClock
) -> None:
    asked = _ask(database, cipher, clock)
    with database.write() as tx:
        assert outbox.replies_to(tx, asked) == []
        outbox.add(tx, "web:a", "web", [{"text": "一"}, {"text": "二", "custom": {"n": None}}], clock.now(), asked)
        outbox.add(tx, "web:a", "web", [], clock.now())
        replies = outbox.replies_to(tx, asked)
    assert [reply.body["text"] for reply in replies] == ["一", "二"]
    assert [(reply.position, reply.last, reply.inbox_id) for reply in replies] == [(0, False, asked), (1, True, asked)]


def test_a_turn_has_its_replies_once(database: Database, cipher: Cipher, clock: FixedClock) -> None:
    asked = _ask(database, cipher, clock)
    with database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "一"}], clock.now(), asked)
    with pytest.raises(IntegrityError), database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "一"}], clock.now(), asked)


def test_after_continues_where_the_client_stopped(database: Database, cipher: Cipher, clock: FixedClock) -> None:
    first, other = _ask(database, cipher, clock), _ask(database, cipher, clock, "web:b")
    with database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "一"}], clock.now(), first)
        outbox.add(tx, "web:b", "web", [{"text": "旁"}], clock.now(), other)
        outbox.add(tx, "web:a", "web", [{"text": "更正"}], clock.now())
        seen = outbox.after(tx, "web:a", 0)
        assert [reply.body["text"] for reply in seen] == ["一", "更正"]
        assert [reply.id for reply in outbox.after(tx, "web:a", seen[0].id)] == [seen[1].id]
        assert outbox.after(tx, "web:a", seen[1].id) == []
        assert len(outbox.after(tx, "web:a", 0, limit=1)) == 1


def test_the_replies_of_turns_that_are_done(database: Database, cipher: Cipher, clock: FixedClock) -> None:
    box = Inbox(cipher)
    with database.write() as tx:
        asked = {name: box.accept(tx, Incoming(name, "web", "问"), clock.now()).id for name in ("a", "b", "c", "d")}
        held = [box.claim(tx, "w", clock.now(), timedelta(minutes=1)) for _ in "abc"]
        for claim, texts in zip(held, (["一", "二"], [], ["三"])):
            assert claim is not None
            name = claim.message.conversation
            outbox.add(tx, name, "web", [{"text": text} for text in texts], clock.now(), claim.id)
            if name != "c":  # that turn is not done, though a reply stands there
                box.finish(tx, claim, clock.now())
        outbox.add(tx, "a", "web", [{"text": "更正"}], clock.now())
        done = outbox.replies_of_done(tx, list(asked.values()))
        assert outbox.replies_of_done(tx, []) == {}
    said = {turn: [reply.body["text"] for reply in replies] for turn, replies in done.items()}
    assert said == {asked["a"]: ["一", "二"], asked["b"]: []}


def test_delivery(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        outbox.add(tx, "web:a", "web", [{"text": "一"}, {"text": "二"}], clock.now())
        outbox.add(tx, "wechat:a", "wechat", [{"text": "三"}], clock.now())
        one, two = outbox.pending(tx, "web")
        outbox.delivered(tx, [one.id], clock.now())
        outbox.failed(tx, [one.id, two.id])  # what was received cannot fail any more
        assert outbox.pending(tx, "web") == []
        states = tx.execute(outbox.outbox.select().order_by(outbox.outbox.c.id)).mappings().all()
    assert [row["state"] for row in states] == ["delivered", "failed", "pending"]
    assert states[0]["delivered_at"] == clock.now()


def test_a_reader_that_follows_never_steps_over_a_reply(database: Database, clock: FixedClock) -> None:
    total = 60

    def push(n: int) -> None:
        with database.write() as tx:
            outbox.add(tx, "web:a", "web", [{"n": n}], clock.now())

    followed: list[int] = []
    with ThreadPoolExecutor(8) as pool:
        pushed = [pool.submit(push, n) for n in range(total)]
        last_seen = 0
        while len(followed) < total:
            done = all(p.done() for p in pushed)
            with database.read() as tx:
                replies = outbox.after(tx, "web:a", last_seen)
            followed += [reply.body["n"] for reply in replies]
            last_seen = replies[-1].id if replies else last_seen
            if done and not replies:
                break
        for p in pushed:
            p.result()
    assert sorted(followed) == list(range(total))


def test_turns_that_are_done_are_looked_up_by_their_numbers(database: Database) -> None:
    """Of an installation's messages nearly all are done: going through them takes longer each day."""
    if not database.is_sqlite:
        return  # its planner knows how many there are
    asked: list[str] = []
    event.listen(database.engine, "checkout", lambda file, *_: file.set_trace_callback(asked.append))
    with database.read() as tx:
        outbox.replies_of_done(tx, [1, 2])
        [query] = [one for one in asked if one.startswith("SELECT")]
        plan = " / ".join(row[-1] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
    assert "inbox USING INTEGER PRIMARY KEY" in plan and "ix_inbox" not in plan
