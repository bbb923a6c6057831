"""What the desk owes to those who wait, by a clock that is turned on; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from actions.surroundings import Surroundings
from bot import desk_keeping
from channels.windows import open_window
from desk import approvals, handovers, presence, speech, tasks
from desk.handovers import WAITING, Handover, Request
from foundation import accounts, dialogue
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.deadlines import Steadiness
from foundation.outbox import DELIVERED, HELD, after, outbox
from foundation.settings import Settings

Round = Callable[[], None]


@pytest.fixture
def here(database: Database, settings: Settings, clock: FixedClock) -> Surroundings:
    return Surroundings.of_settings(settings, database=database, clock=clock)


@pytest.fixture
def keep(here: Surroundings, clock: FixedClock) -> Round:
    """One round of all steps, by a clock that goes on evenly however far the test moves it."""
    steady = Steadiness(clock, lambda: clock.now().timestamp())

    def run() -> None:
        for step in desk_keeping.STEPS:
            with here.database.write() as tx:
                desk_keeping._alone(tx, here, "worker-1", step, steady)

    return run


def waits(database: Database, clock: FixedClock, conversation: str = "wechat:a", **how: str) -> Handover:
    with database.write() as tx:
        channel = conversation.partition(":")[0]
        return handovers.open_handover(tx, Request(conversation, channel, "asked", question="护照", **how), clock.now())


def agent(database: Database, clock: FixedClock, name: str = "wang") -> None:
    with database.write() as tx:
        accounts.add(tx, name, None, ["agent"], clock.now(), display_name="王芳")
        presence.beat(tx, name, clock.now())


def told(database: Database, conversation: str = "wechat:a") -> list[str]:
    with database.read() as tx:
        return [reply.body["text"] for reply in after(tx, conversation, 0)]


def state(database: Database, found: Handover) -> str:
    with database.read() as tx:
        return handovers.get(tx, found.id).state


def test_who_waits_hears_of_it_at_moments(database: Database, clock: FixedClock, keep: Round) -> None:
    waits(database, clock)
    minutes = []
    for minute in range(1, 31):
        clock.advance(minutes=1)
        before = len(told(database))
        keep()
        keep()
        minutes += [minute] * (len(told(database)) - before)
    assert minutes == [2, 5, 10, 20]
    assert "还在为您排队" in told(database)[0] and "返回" in told(database)[0]


def test_the_last_messages_of_a_window_are_left_for_the_agent(
    database: Database, clock: FixedClock, keep: Round
) -> None:
    waits(database, clock)
    with database.write() as tx:
        open_window(tx, "wechat:a", "action", clock.now())  # 3 messages for a minute, then none
    clock.advance(minutes=2)
    keep()
    assert told(database) == []


def test_when_the_desk_closes_who_waits_is_told_once_and_keeps_their_place(
    database: Database, clock: FixedClock, keep: Round
) -> None:
    clock.advance(hours=6, minutes=59)  # 16:59 in the office
    found = waits(database, clock)
    for _ in range(20):
        clock.advance(minutes=30)
        keep()
    [text] = told(database)
    assert "明天9:00" in text and "12345" in text
    assert state(database, found) == WAITING


def test_whose_agent_is_gone_waits_again_and_is_told(database: Database, clock: FixedClock, keep: Round) -> None:
    agent(database, clock)
    found = waits(database, clock)
    with database.write() as tx:
        handovers.take(tx, found.id, "wang", clock.now())
    clock.advance(minutes=20)
    keep()
    assert state(database, found) == WAITING
    assert "转给另一位" in told(database)[0]


def test_who_left_the_page_leaves_the_queue_and_a_number_becomes_a_task(
    database: Database, clock: FixedClock, keep: Round
) -> None:
    found = waits(database, clock, "web:a", contact="⟦phone:7f3a⟧")
    clock.advance(minutes=30)
    keep()
    keep()
    assert state(database, found) == "closed"
    assert "排队先结束" in told(database, "web:a")[-1]
    with database.read() as tx:
        [task] = tasks.listing(tx)
        assert task.contact == "⟦phone:7f3a⟧"
        assert [event.text for event in dialogue.transcript(tx, "web:a")] == told(database, "web:a")


def test_whom_nothing_can_be_sent_any_more_becomes_a_task(database: Database, clock: FixedClock, keep: Round) -> None:
    found = waits(database, clock)
    with database.write() as tx:
        open_window(tx, "wechat:a", "message", clock.now())
    clock.advance(hours=49)
    keep()
    assert state(database, found) == "closed"
    with database.read() as tx:
        assert len(tasks.listing(tx)) == 1


def test_what_could_not_be_delivered_when_all_is_over_becomes_a_task(
    database: Database, clock: FixedClock, keep: Round
) -> None:
    agent(database, clock)
    found = waits(database, clock)
    with database.write() as tx:
        handovers.take(tx, found.id, "wang", clock.now())
        speech.say(tx, found, "wang", "请带旧护照", "k1", clock.now())
        handovers.close(tx, found.id, "wang", "answered", "", clock.now())
        tx.execute(update(outbox).values(state=HELD))
    keep()
    keep()
    with database.write() as tx:
        [task] = tasks.listing(tx)
        assert (task.kind, task.detail["text"]) == (tasks.SUBSCRIPTION, "请带旧护照")
        tx.execute(update(outbox).values(state=DELIVERED))
    keep()
    with database.read() as tx:
        assert tasks.listing(tx) == []


def test_an_answer_that_nobody_looked_at_in_time_is_owned_up_to_once(
    database: Database, clock: FixedClock, keep: Round
) -> None:
    with database.write() as tx:
        new = approvals.NewApproval("wechat:a", "wechat", "turn:1", "护照多少钱", {"text": "120元"})
        approvals.ask(tx, new, clock.now() + timedelta(minutes=15), clock.now())
    clock.advance(minutes=14)
    keep()
    assert told(database) == []
    clock.advance(minutes=2)
    keep()
    keep()
    [text] = told(database)
    assert "对不起" in text and "120元" not in text


def test_one_process_at_a_time(database: Database, clock: FixedClock, here: Surroundings) -> None:
    waits(database, clock)
    clock.advance(minutes=2)
    done = []
    steady = Steadiness(here.clock)
    for name in ("worker-1", "worker-2", "worker-1"):
        with database.write() as tx:
            desk_keeping._alone(tx, here, name, lambda *_, name=name: done.append(name), steady)  # type: ignore[misc]
    assert done == ["worker-1", "worker-1"]
