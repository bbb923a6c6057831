"""常用语 on the agents' page: one's own, a department's, everybody's."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.desk_http import DESK, Fields, Refusal, act, look
from console.house import house
from console.routing import route
from desk import canned, presence
from desk.canned import Canned
from foundation.accounts import Account

MINE, OFFICE = "mine", "office"
LONGEST = 2000


async def listing(request: Request) -> dict[str, Any]:
    """GET /desk/canned: all that one may send; the page filters it while one types."""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> list[Canned]:
        staff = presence.everyone(tx, here.now())
        departments = next((one.departments for one in staff if one.account == me.name), ())
        if "supervisor" in me.roles:
            departments = tuple({name for one in staff for name in one.departments})
        return canned.listing(tx, me.name, departments)

    found = await here.read(read)
    return {"canned": [_row(one, me) for one in found]}


async def put(request: Request, said: Fields) -> dict[str, Any]:
    """POST /desk/canned: title, text, id of the one to change; scope mine, office, or a department's name."""
    here, me = house(request), request.state.account
    id, title, text = said.number_or_none("id"), said.text("title", 80), said.text("text", LONGEST)
    scope = said.text("scope", 80) or MINE

    def write(tx: Connection) -> Canned:
        _check(tx, me, id, scope)
        owner = me.name if scope == MINE else None
        department = "" if scope in (MINE, OFFICE) else scope
        return canned.put(tx, title, text, me.name, here.now(), id, department, owner)

    return {"canned": _row(await here.write(write), me)}


async def remove(request: Request, said: Fields) -> None:
    """POST /desk/canned/remove: id"""
    here, me, id = house(request), request.state.account, said.number("id")

    def write(tx: Connection) -> None:
        _check(tx, me, id, MINE)
        canned.remove(tx, id, me.name, here.now())

    await here.write(write)


def _check(tx: Connection, me: Account, id: int | None, scope: str) -> None:
    """Only supervisors change what is not their own, and nobody what is another's own."""
    owner = me.name if id is None else canned.get(tx, id).owner
    if owner not in (me.name, None) or ("supervisor" not in me.roles and (owner is None or scope != MINE)):
        raise Refusal("canned_of_others", 403)


def _row(one: Canned, me: Account) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "text": one.text,
        "scope": MINE if one.owner else one.department or OFFICE,
        "mine": one.owner == me.name,
        "changeable": one.owner == me.name or (one.owner is None and "supervisor" in me.roles),
    }


ROUTES = [
    route("/desk/canned", look(listing), roles=DESK),
    route("/desk/canned", act(put), roles=DESK, methods=("POST",)),
    route("/desk/canned/remove", act(remove), roles=DESK, methods=("POST",)),
]
