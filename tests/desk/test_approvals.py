"""An answer that waits for a person: sent once, as it is or corrected; or the citizen learns that it is late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_people import NOW, hire
from sqlalchemy.engine import Connection

from desk import approvals, tasks
from desk.approvals import CONFIRMED, CORRECTED, WAITING, Approval, NewApproval
from desk.errors import Malformed, NotFound, WrongState
from desk.tasks import APPROVAL, DONE
from foundation import audit, dialogue, erasure, outbox
from foundation.database import Database

BODY = {"text": "带身份证。", "custom": {"answer": {"kind": "item", "id": "passport", "record": "K7M2-4Q9D"}}}
DUE = NOW + timedelta(minutes=15)


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    with database.write() as tx:
        hire(tx, "wang")
        yield tx


def asked(tx: Connection, source: str = "turn:1", conversation: str = "web:a") -> Approval:
    new = NewApproval(conversation, "web", source, "护照带什么", BODY, "出入境", "普通护照")
    return approvals.ask(tx, new, DUE, NOW)


def heard(tx: Connection) -> list[tuple[str, str]]:
    return [(line.who, line.text) for line in dialogue.transcript(tx, "web:a")]


def test_confirmed_it_is_the_robots_answer(tx: Connection) -> None:
    one = asked(tx)
    assert one.state == WAITING and asked(tx) == one and approvals.open_ones(tx) == [one]
    (task,) = tasks.listing(tx)
    assert (task.kind, task.due_at, task.department, task.detail["approval"]) == (APPROVAL, DUE, "出入境", one.id)
    assert outbox.after(tx, "web:a", 0) == []
    decided = approvals.confirm(tx, one.id, "wang", NOW)
    (reply,) = outbox.after(tx, "web:a", 0)
    assert (decided.state, decided.outbox_id, reply.body) == (CONFIRMED, reply.id, BODY)
    assert heard(tx) == [("robot", "带身份证。")]
    assert dialogue.transcript(tx, "web:a")[0].answer["record"] == "K7M2-4Q9D"
    assert tasks.get(tx, task.id).state == DONE and approvals.open_ones(tx) == []
    assert [(entry.account, entry.action) for entry in audit.entries(tx)] == [("wang", "desk.confirmed")]


def test_corrected_it_is_the_persons_answer(tx: Connection) -> None:
    one = asked(tx)
    with pytest.raises(Malformed):
        approvals.correct(tx, one.id, "wang", " ", NOW)
    assert approvals.correct(tx, one.id, "wang", "还要带照片。", NOW, record="AAAA-BBBB").state == CORRECTED
    (reply,) = outbox.after(tx, "web:a", 0)
    assert (reply.body["by"], reply.body["name"]) == ("person", "wang的名字")
    assert reply.body["custom"]["answer"] == {"record": "AAAA-BBBB"} and heard(tx) == [("person", "还要带照片。")]


def test_it_is_decided_once(tx: Connection) -> None:
    one = asked(tx)
    approvals.confirm(tx, one.id, "wang", NOW)
    with pytest.raises(WrongState, match="wang的名字"):
        approvals.correct(tx, one.id, "wang", "别的", NOW)
    with pytest.raises(WrongState, match="wang的名字"):
        approvals.confirm(tx, one.id, "wang", NOW)
    assert len(outbox.after(tx, "web:a", 0)) == 1
    with pytest.raises(NotFound):
        approvals.confirm(tx, 99, "wang", NOW)


def test_when_nobody_looks_in_time_the_citizen_is_told_once(tx: Connection) -> None:
    one, other = asked(tx), asked(tx, "turn:2", "web:b")
    approvals.confirm(tx, other.id, "wang", NOW)
    assert approvals.expired(tx, DUE - timedelta(seconds=1)) == []
    assert [late.id for late in approvals.expired(tx, DUE)] == [one.id]
    assert approvals.tell_late(tx, one.id, {"text": "还没有人看。"}, DUE)
    assert not approvals.tell_late(tx, one.id, {"text": "还没有人看。"}, DUE)
    assert not approvals.tell_late(tx, other.id, {"text": "还没有人看。"}, DUE)
    assert approvals.expired(tx, DUE) == [] and heard(tx) == [("robot", "还没有人看。")]
    assert [task.id for task in tasks.overdue(tx, DUE + timedelta(seconds=1))], "it is still to be done"
    approvals.correct(tx, one.id, "wang", "还要带照片。", DUE)
    assert heard(tx)[1] == ("person", "还要带照片。"), "late, and welcome all the same"


def test_what_waits_is_erased_with_the_rest(tx: Connection) -> None:
    asked(tx)
    assert erasure.erase_everything(tx, "web:a")["approvals"] == 1 and approvals.open_ones(tx) == []
