"""Answers that wait for a person: confirmed as they are, or corrected, within their time limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.desk_http import DESK, Fields, act
from console.desk_knowledge import doubt
from console.desk_speaking import SAID_BY_A_PERSON
from console.desk_tasks import listed
from console.house import house
from console.routing import route
from desk import approvals
from desk.approvals import Approval
from knowledge_base import records
from knowledge_base.records import Record, new_number


async def confirm(request: Request, said: Fields) -> None:
    """POST /desk/approvals/{id}/confirm: the robot's answer, if it still holds, recorded with whoever approved it."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def write(tx: Connection) -> None:
        listed(tx, approvals.task_of(tx, id).id, me, here.now())
        found = approvals.confirm(tx, id, me.name, here.now(), doubt(tx, approvals.get(tx, id), here.now()))
        answer = (found.body.get("custom") or {}).get("answer") or {}
        if answer.get("record"):
            record = record_of(answer["record"], found, str(found.body["text"]), answer, here.now())
            records.write(tx, replace(record, engine=records.ENGINE, approved_by=me.name))

    await here.write(write)


async def correct(request: Request, said: Fields) -> None:
    """POST /desk/approvals/{id}/correct: text, which is the person's own answer, with a record of its own."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    text = said.text("text", 2000).strip()

    def write(tx: Connection) -> None:
        listed(tx, approvals.task_of(tx, id).id, me, here.now())
        number = new_number()
        found = approvals.correct(tx, id, me.name, text, here.now(), number)
        answer = (found.body.get("custom") or {}).get("answer") or {}
        record = record_of(number, found, text, answer, here.now())
        records.write(tx, replace(record, payload={"record": number}, said_by=me.name))

    await here.write(write)


def record_of(number: str, found: Approval, text: str, answer: dict[str, Any], now: datetime) -> Record:
    """The record of what was sent in the end, about the unit that the robot had answered from."""
    return Record(
        number=number,
        conversation=found.conversation,
        at=now,
        kind=answer.get("kind") or SAID_BY_A_PERSON,
        text=text,
        unit_id=answer.get("id"),
        aspect=answer.get("aspect"),
        release=answer.get("release"),
        payload=answer,
    )


ROUTES = [
    route("/desk/approvals/{id:int}/confirm", act(confirm), roles=DESK, methods=("POST",)),
    route("/desk/approvals/{id:int}/correct", act(correct), roles=DESK, methods=("POST",)),
]
