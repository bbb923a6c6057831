"""What an agent wrote and the channel did not take: pointed out, then a task, and settled when it arrives after all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy import update
from sqlalchemy.engine import Connection

from desk import handovers, leaving, speech, tasks, undelivered
from desk.handovers import Handover, Window
from desk.tasks import DONE, PHONE, SUBSCRIPTION, Task
from foundation.cipher import Cipher
from foundation.database import Database
from foundation.outbox import DELIVERED, FAILED, HELD, PENDING, UNKNOWN, outbox
from foundation.vault import Vault

DUE = NOW + timedelta(hours=4)
VAULT = Vault(Cipher(bytes(32)))


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang")
        yield tx


def answered(tx: Connection, name: str, state: str, text: str = "请带旧护照", **facts: object) -> Handover:
    """One whom an agent has told something, and what the channel made of it."""
    found = ask(tx, f"wechat:{name}", channel="wechat", **{"question": "护照怎么换", **facts})
    found = handovers.take(tx, found.id, "wang", NOW)
    said = speech.say(tx, found, "wang", text, f"key-{name}", NOW)
    fate(tx, said.outbox_id, state)
    return found


def fate(tx: Connection, row: int, state: str) -> None:
    tx.execute(update(outbox).where(outbox.c.id == row).values(state=state))


def over(tx: Connection, found: Handover) -> None:
    handovers.close(tx, found.id, "wang", "answered", "", NOW)


def taken_up(tx: Connection, now: datetime = NOW) -> list[Task]:
    return undelivered.take_up(tx, VAULT, DUE, now)


@pytest.mark.parametrize("state", [HELD, FAILED])
def test_it_becomes_a_task_once_nobody_has_the_conversation(tx: Connection, state: str) -> None:
    found = answered(tx, "a", state)
    assert taken_up(tx) == [] and undelivered.pointed_out(tx, [found.id], NOW) == {found.id}
    over(tx, found)
    [task] = taken_up(tx)
    assert (task.kind, task.handover, task.due_at) == (SUBSCRIPTION, found.id, DUE)
    assert (task.title, task.detail["text"]) == ("护照怎么换", "请带旧护照")
    assert taken_up(tx) == [] and undelivered.pointed_out(tx, [found.id], NOW) == set()


def test_who_left_a_number_is_called(tx: Connection) -> None:
    found = answered(tx, "a", HELD, "请打13800138000", contact="⟦phone:7f3a⟧")
    over(tx, found)
    [task] = taken_up(tx)
    assert (task.kind, task.contact) == (PHONE, "⟦phone:7f3a⟧")
    assert "13800138000" not in task.detail["text"]


@pytest.mark.parametrize("state", [PENDING, DELIVERED, UNKNOWN])
def test_what_arrived_or_may_yet_is_none(tx: Connection, state: str) -> None:
    found = answered(tx, "a", state)
    over(tx, found)
    assert taken_up(tx) == [] and undelivered.pointed_out(tx, [found.id], NOW) == set()


def test_what_an_agent_made_a_task_of_is_not_one_more(tx: Connection) -> None:
    found = answered(tx, "a", HELD)
    tasks.open_task(
        tx, tasks.NewTask(PHONE, undelivered.source(found.id, "key-a"), "护照", handover=found.id), NOW, "wang"
    )
    over(tx, found)
    assert taken_up(tx) == []


@pytest.mark.parametrize(("by", "minutes", "more"), [("wang", 1, 0), ("wang", -1, 1), (tasks.SYSTEM, 1, 1)])
def test_an_agents_task_for_the_whole_conversation_covers_what_was_written_before(
    tx: Connection, by: str, minutes: int, more: int
) -> None:
    found = answered(tx, "a", HELD)
    whole = tasks.NewTask(PHONE, "handover:whole", "护照", handover=found.id)
    tasks.open_task(tx, whole, NOW + timedelta(minutes=minutes), by)
    over(tx, found)
    assert len(taken_up(tx)) == more


def test_whom_the_queue_dropped_has_a_task_already(tx: Connection) -> None:
    found = answered(tx, "a", HELD)
    handovers.transfer(tx, found.id, "wang", NOW, department="出入境")
    leaving.drop_unreachable(tx, NOW, {"wechat:a": Window(minutes=0, messages=0)}, DUE)
    assert taken_up(tx) == [] and len(tasks.listing(tx)) == 1


def test_it_is_settled_when_it_arrives_after_all_unless_somebody_is_at_it(tx: Connection) -> None:
    for name in ("a", "b", "c"):
        over(tx, answered(tx, name, HELD))
    first, second, third = taken_up(tx)
    tasks.take(tx, second.id, "wang", NOW)
    for task in (first, second):
        [sent] = speech.deliveries(tx, task.handover or 0)
        fate(tx, sent.outbox_id, DELIVERED)
    undelivered.settle(tx, NOW)
    states = [tasks.get(tx, one.id).state for one in (first, second, third)]
    assert states == [DONE, tasks.TAKEN, tasks.OPEN]
    assert tasks.get(tx, first.id).outcome == "settled"


def test_of_what_happened_long_ago_no_task_is_made(tx: Connection) -> None:
    over(tx, answered(tx, "a", FAILED))
    assert taken_up(tx, NOW + timedelta(days=5)) == []
