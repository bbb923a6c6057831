"""Those who wait and leave, or cannot be reached any more: the reason is kept, and who can be called is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy.engine import Connection

from desk import handovers, leaving, speech, tasks
from desk.handovers import CLOSED, WRAP_UP, Window
from desk.leaving import BACK, GONE, SHUT, UNSUBSCRIBED
from desk.tasks import CALLBACK, PHONE, SUBSCRIPTION
from foundation.database import Database

PHONE_NUMBER = "⟦phone:7f3a⟧"
SILENT = timedelta(minutes=10)
LATER = NOW + timedelta(minutes=11)
DUE = NOW + timedelta(hours=4)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang")
        yield tx


def test_who_is_not_there_any_more_leaves_the_queue(tx: Connection) -> None:
    gone, named, _looks, writes = (ask(tx, f"web:{name}") for name in ("gone", "named", "looks", "writes"))
    ask(tx, "wechat:patient", channel="wechat")
    talks = handovers.take(tx, ask(tx, "web:talks").id, "wang", NOW)
    handovers.leave_contact(tx, named.id, PHONE_NUMBER, NOW)
    handovers.seen(tx, "web:looks", LATER)
    speech.hear(tx, writes, "还在吗", LATER)
    assert leaving.drop_gone(tx, NOW + timedelta(minutes=9), SILENT, ["web"], DUE) == []
    dropped = leaving.drop_gone(tx, LATER, SILENT, ["web"], DUE)
    assert [(one.handover.id, one.handover.state, one.handover.withdrawn) for one in dropped] == [
        (gone.id, CLOSED, GONE), (named.id, CLOSED, GONE)
    ]  # fmt: skip
    assert dropped[0].task is None
    task = tasks.get(tx, dropped[1].task or 0)
    assert (task.kind, task.contact, task.due_at, task.handover) == (CALLBACK, PHONE_NUMBER, DUE, named.id)
    assert [one.conversation for one in handovers.waiting(tx, LATER)] == ["web:looks", "web:writes", "wechat:patient"]
    assert handovers.get(tx, talks.id).assigned_to == "wang"
    assert leaving.drop_gone(tx, LATER, SILENT, ["web"], DUE) == []


def test_whom_a_channel_takes_no_message_for_is_reached_otherwise(tx: Connection) -> None:
    phone, notice, _fine, _unknown = (
        ask(tx, f"wechat:{name}", channel="wechat", question="护照") for name in ("phone", "notice", "fine", "unknown")
    )
    handovers.leave_contact(tx, phone.id, PHONE_NUMBER, NOW)
    windows = {
        "wechat:phone": Window(minutes=0, messages=3),
        "wechat:notice": Window(minutes=900, messages=0),
        "wechat:fine": Window(minutes=0.5, messages=1),
    }
    dropped = {one.handover.id: one for one in leaving.drop_unreachable(tx, NOW, windows, DUE)}
    assert {id: tasks.get(tx, one.task or 0).kind for id, one in dropped.items()} == {
        phone.id: PHONE, notice.id: SUBSCRIPTION
    }  # fmt: skip
    assert {one.handover.withdrawn for one in dropped.values()} == {SHUT}
    assert [one.conversation for one in handovers.waiting(tx, NOW)] == ["wechat:fine", "wechat:unknown"]


def test_who_unsubscribes_leaves_whether_waiting_or_not(tx: Connection) -> None:
    waits, talks = (ask(tx, f"wechat:{name}", channel="wechat", contact=PHONE_NUMBER) for name in ("waits", "talks"))
    handovers.take(tx, talks.id, "wang", NOW)
    first = leaving.left(tx, waits.id, NOW, UNSUBSCRIBED, DUE)
    second = leaving.left(tx, talks.id, NOW, UNSUBSCRIBED, DUE)
    assert (first.handover.state, second.handover.state) == (CLOSED, WRAP_UP)
    assert [tasks.get(tx, one.task or 0).kind for one in (first, second)] == [CALLBACK, CALLBACK]
    assert leaving.left(tx, talks.id, NOW, UNSUBSCRIBED, DUE).task == second.task, "once"


def test_who_goes_back_to_the_robot_is_not_called(tx: Connection) -> None:
    assert leaving.left(tx, ask(tx, "web:a", contact=PHONE_NUMBER).id, NOW, BACK, DUE).task is None
    assert tasks.listing(tx) == []


def test_whose_window_shuts_while_an_agent_has_them_is_wrapped_up_and_reached_otherwise(tx: Connection) -> None:
    one = handovers.take(tx, ask(tx, "wechat:a", channel="wechat", contact=PHONE_NUMBER).id, "wang", NOW)
    assert leaving.drop_unreachable(tx, NOW, {"wechat:a": Window(0, 0)}, DUE) == [], "the agent says what becomes of it"
    gone = leaving.left(tx, one.id, NOW, SHUT, DUE)
    assert gone.handover.state == WRAP_UP and tasks.get(tx, gone.task or 0).kind == PHONE
