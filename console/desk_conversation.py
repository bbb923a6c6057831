"""One conversation before an agent: all that was said, what is known, what colleagues noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from channels.windows import may_be_said
from console.desk_http import DESK, Fields, Refusal, act, look
from console.desk_lines import lines
from console.desk_revealing import lines_of
from console.desk_revealing import reveal as revealed
from console.desk_rows import handover_row
from console.desk_speaking import longest
from console.desk_words import named, word
from console.house import House, house
from console.numbers import row_number
from console.routing import route
from desk import handovers, notes, presence
from desk.handovers import WITH_AGENT, Handover
from desk.handovers import history as hands_of
from desk.queue import may_take
from foundation.accounts import Account


async def show(request: Request) -> dict[str, Any]:
    """GET /desk/conversations/{id}"""
    here, me = house(request), request.state.account
    return await here.read(lambda tx: _view(tx, here, request.path_params["id"], me))


async def older(request: Request) -> dict[str, Any]:
    """GET /desk/conversations/{id}/older?before=: what was said before that line."""
    here, before = house(request), row_number(request.query_params.get("before", ""))
    if before is None:
        raise Refusal("unreadable", 422)

    def read(tx: Connection) -> dict[str, Any]:
        found = handovers.get(tx, request.path_params["id"])
        return lines(tx, found.conversation, before)

    return await here.read(read)


def _view(tx: Connection, here: House, id: int, me: Account) -> dict[str, Any]:
    now = here.now()
    found = handovers.get(tx, id)
    staff = presence.everyone(tx, now)
    names = {one.account: one.name for one in staff}
    left = may_be_said(tx, [found.conversation], now)
    mine = next((one for one in staff if one.account == me.name), None)
    there = [one for one in staff if one.takes]
    return {
        "now": now.isoformat(),
        "head": {
            **handover_row(found, left, names, now),
            "question": found.question,
            "assigned_at": found.assigned_at.isoformat() if found.assigned_at else None,
            "owner": found.assigned_to == me.name and found.state != handovers.WAITING,
            "talks": found.assigned_to == me.name and found.state == WITH_AGENT,
            "takeable": found.state == handovers.WAITING and bool(mine and may_take(mine, found.department, there)),
            "left_words": word(f"withdrawn.{found.withdrawn}") if found.withdrawn else None,
            "contact": found.contact,
            "limit": longest(found.channel),
            "region_code": found.region,
        },
        **lines(tx, found.conversation),
        "notes": [_note(one, names) for one in notes.of_conversation(tx, found.conversation)],
        "hands": [_hand(one, names) for one in hands_of(tx, id)],
        "visits": [
            {
                "id": one.id,
                "opened_at": one.opened_at.isoformat(),
                "topic": one.topic or one.topic_title or one.question,
            }
            for one in handovers.of_conversation(tx, found.conversation)
            if one.id != id
        ],
    }


def _note(note: notes.Note, names: Mapping[str, str]) -> dict[str, Any]:
    name = names.get(note.account, note.account)
    return {"id": note.id, "name": name, "text": note.text, "at": note.at.isoformat()}


def _hand(span: handovers.Span, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "state": named("hands", span.state),
        "name": names.get(span.account or "", span.account),
        "department": span.department,
        "since": span.since.isoformat(),
    }


async def add_note(request: Request, said: Fields) -> None:
    """POST /desk/conversations/{id}/note: what colleagues should know; masked like what a citizen writes."""
    here, me, text = house(request), request.state.account, said.text("text", 2000)

    def write(tx: Connection) -> None:
        found = handovers.get(tx, request.path_params["id"])
        masked = here.vault.hide(tx, text, found.conversation, here.now())
        notes.add(tx, found.conversation, found.id, me.name, masked, here.now())

    await here.write(write)


async def reveal(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/conversations/{id}/reveal: what is behind a mask, for a reason that goes into the audit log."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def before(tx: Connection) -> tuple[str, list[str]]:
        found = handovers.get(tx, id)
        if not may_see(found, me):
            raise Refusal("yours_only", 403)
        noted = [note.text for note in notes.of_conversation(tx, found.conversation)]
        shown = [found.question, found.contact or "", *noted]
        return found.conversation, [*shown, *lines_of(tx, found.conversation)]

    return {"value": await revealed(here, me, said, f"handover:{id}", before)}


def may_see(found: Handover, me: Account) -> bool:
    """Whether somebody may see what is personal in a conversation."""
    return "supervisor" in me.roles or (found.assigned_to == me.name and found.state != handovers.CLOSED)


ROUTES = [
    route("/desk/conversations/{id:int}", look(show), roles=DESK),
    route("/desk/conversations/{id:int}/older", look(older), roles=DESK),
    route("/desk/conversations/{id:int}/note", act(add_note), roles=DESK, methods=("POST",)),
    route("/desk/conversations/{id:int}/reveal", act(reveal), roles=DESK, methods=("POST",)),
]
