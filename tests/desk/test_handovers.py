"""A conversation goes to a person and comes back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy import select

from desk import changes, handovers, speech
from desk.errors import NotYours, Taken, WrongState
from desk.handovers import CLOSED, WAITING, WITH_AGENT, WRAP_UP
from foundation import audit, dialogue, erasure, outbox
from foundation.database import Database
from foundation.dialogue import tracker_events


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def events(tx: object, conversation: str) -> list[str]:
    query = select(tracker_events.c.type).where(tracker_events.c.conversation == conversation)
    return list(tx.execute(query.order_by(tracker_events.c.id)).scalars())  # type: ignore[attr-defined]


def test_the_whole_way_and_back(database: Database) -> None:
    with database.write() as tx:
        hire(tx, "wang")
        opened = ask(tx, "web:a", question="护照丢了怎么办", department="出入境")
        assert opened.state == WAITING and handovers.current(tx, "web:a") == opened
        assert ask(tx, "web:a") == opened, "asking again changes nothing"
        speech.hear(tx, opened, "在吗", NOW + minutes(1), "m1")
        taken = handovers.take(tx, opened.id, "wang", NOW + minutes(2))
        assert (taken.state, taken.assigned_to, taken.version) == (WITH_AGENT, "wang", 2)
        said = speech.say(tx, taken, "wang", "您好，请到窗口挂失。", "k1", NOW + minutes(3), record="K7M2-4Q9D")
        again = speech.say(tx, taken, "wang", "您好，请到窗口挂失。", "k1", NOW + minutes(4), record="XXXX-XXXX")
        assert again.duplicate and again.outbox_id == said.outbox_id and again.record == "K7M2-4Q9D"
        ended = handovers.end(tx, opened.id, "wang", NOW + minutes(5))
        assert ended.state == WRAP_UP and handovers.current(tx, "web:a") is None
        closed = handovers.close(tx, opened.id, "wang", "answered", "护照补发", NOW + minutes(6))
        assert (closed.state, closed.outcome, closed.topic) == (CLOSED, "answered", "护照补发")
        assert closed.first_reply_at == NOW + minutes(3)
    with database.read() as tx:
        assert events(tx, "web:a") == ["pause", "user", "bot", "resume"]
        assert [(line.who, line.name) for line in dialogue.transcript(tx, "web:a")] == [
            ("citizen", None), ("person", "wang的名字")
        ]  # fmt: skip
        (reply,) = outbox.after(tx, "web:a", 0)
        assert reply.body["by"] == "person" and reply.body["name"] == "wang的名字"
        assert reply.body["custom"] == {"answer": {"record": "K7M2-4Q9D"}}
        spans = handovers.history(tx, opened.id)
        assert [(one.state, one.account, one.since, one.until) for one in spans] == [
            (WAITING, None, NOW, NOW + minutes(2)),
            (WITH_AGENT, "wang", NOW + minutes(2), NOW + minutes(5)),
            (WRAP_UP, "wang", NOW + minutes(5), NOW + minutes(6)),
        ]
        assert [entry.action for entry in audit.entries(tx)] == ["desk.close", "desk.end", "desk.say", "desk.take"]
        assert {"queue", f"conversation:{opened.id}"} <= changes.version(tx).keys()
        assert [one.state for one in speech.deliveries(tx, opened.id)] == ["pending"]
    with database.write() as tx:
        reopened = ask(tx, "web:a", NOW + minutes(7))
        assert reopened.id != opened.id and reopened.state == WAITING


def test_only_whoever_has_it_may_go_on(database: Database) -> None:
    with database.write() as tx:
        for name in ("wang", "li", "zhao"):
            hire(tx, name)
        one = ask(tx, "web:a")
        with pytest.raises(WrongState, match="正在排队"):
            speech.say(tx, one, "wang", "您好", "k", NOW)
        handovers.take(tx, one.id, "wang", NOW)
        with pytest.raises(Taken, match="wang的名字"):
            handovers.take(tx, one.id, "li", NOW)
        for forbidden in (
            lambda: speech.say(tx, one, "li", "您好", "k", NOW),
            lambda: handovers.end(tx, one.id, "li", NOW),
            lambda: handovers.close(tx, one.id, "li", "answered", "", NOW),
            lambda: handovers.transfer(tx, one.id, "li", NOW, to="zhao"),
        ):
            with pytest.raises(NotYours, match="wang的名字"):
                forbidden()
        handovers.transfer(tx, one.id, "wang", NOW, to="li")
        assert handovers.get(tx, one.id).assigned_to == "li"
        back = handovers.transfer(tx, one.id, "li", NOW, department="户政")
        assert (back.state, back.department, back.assigned_to) == (WAITING, "户政", None)
        handovers.close(tx, handovers.take(tx, one.id, "zhao", NOW).id, "zhao", "answered", "", NOW)
        with pytest.raises(WrongState, match="办结"):
            handovers.take(tx, one.id, "wang", NOW)
        with pytest.raises(WrongState, match="办结"):
            speech.hear(tx, one, "还在吗", NOW)


def test_a_citizen_who_goes_back_is_wrapped_up_by_who_had_them(database: Database) -> None:
    with database.write() as tx:
        hire(tx, "wang")
        waits, talks = ask(tx, "web:a"), ask(tx, "web:b")
        handovers.take(tx, talks.id, "wang", NOW)
        assert handovers.withdraw(tx, waits.id, NOW, "back").state == CLOSED
        gone = handovers.withdraw(tx, talks.id, NOW, "back")
        assert (gone.state, gone.withdrawn) == (WRAP_UP, "back")
        assert handovers.withdraw(tx, talks.id, NOW, "back") == gone, "a second time changes nothing"
        assert events(tx, "web:a") == events(tx, "web:b") == ["pause", "resume"]
        assert handovers.of_agent(tx, "wang") == [gone]
        assert handovers.close(tx, talks.id, "wang", "left", "", NOW).state == CLOSED


def test_erasing_a_citizen_leaves_nothing_at_the_desk(database: Database) -> None:
    with database.write() as tx:
        hire(tx, "wang")
        for conversation in ("web:a", "web:b"):
            one = ask(tx, conversation, question="护照")
            handovers.take(tx, one.id, "wang", NOW)
            speech.say(tx, one, "wang", "您好", "k", NOW)
    with database.write() as tx:
        erased = erasure.erase_everything(tx, "web:a")
        assert {name: erased[name] for name in ("handovers", "handover_spans", "agent_messages")} == {
            "handovers": 1, "handover_spans": 2, "agent_messages": 1
        }  # fmt: skip
        assert handovers.current(tx, "web:b") is not None


def test_pages_that_show_an_erased_citizen_learn_of_it(database: Database) -> None:
    with database.write() as tx:
        one = ask(tx, "web:a")
        before = changes.version(tx)
        erasure.erase_everything(tx, "web:a")
        after = changes.version(tx)
    changed = {topic for topic, number in after.items() if before.get(topic) != number}
    assert changed == {"queue", "tasks", f"conversation:{one.id}"}


def test_erasing_waits_for_an_agent_in_the_middle_of_a_sentence(database: Database) -> None:
    """Neither hangs on the other, and nothing of what was just said stays."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    with database.write() as tx:
        hire(tx, "wang")
        one = ask(tx, "web:a")
        handovers.take(tx, one.id, "wang", NOW)

    def erase() -> None:
        with database.write() as tx:
            erasure.erase_everything(tx, "web:a")

    with ThreadPoolExecutor(1) as threads:
        with database.write() as tx:
            handovers.get(tx, one.id, lock=True)
            erasing = threads.submit(erase)
            time.sleep(0.3)
            speech.say(tx, one, "wang", "您好", "k", NOW)
            handovers.close(tx, one.id, "wang", "answered", "", NOW)
        erasing.result(timeout=10)
    with database.read() as tx:
        assert outbox.after(tx, "web:a", 0) == [] and handovers.of_conversation(tx, "web:a") == []
        assert dialogue.transcript(tx, "web:a") == []
