"""What the editor asks for while somebody types: keep it, make it the draft, throw it away; who else is at it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.content.editor import AT_IT, others, standing
from console.content.http import WORDS, Sent, act, key_of, page
from console.content.roles import EDITORS, department_of
from console.house import house
from console.pages import see_other
from console.routing import route
from foundation.accounts import Account
from knowledge_base.editing import attachments, working
from knowledge_base.editing.errors import Overtaken
from knowledge_base.editing.faults import Fault, checked
from knowledge_base.editing.scope import is_within, require_within
from knowledge_base.model import Synonym, Unit
from knowledge_base.store.clashes import clashing

LARGEST = 512 * 1024
"""Bytes of a unit in a form."""


async def keep(request: Request, sent: Sent) -> dict[str, Any]:
    """POST …/working: body, base, version. What another page of the same person has kept, where that was quicker."""
    here, me, key = house(request), request.state.account, key_of(request)
    body, base, version = _body(sent), _number(sent, "base"), _number(sent, "version") or 0

    def write(tx: Connection) -> dict[str, Any]:
        require_within(tx, key, department_of(me))
        mine, now = working.read(tx, key, me.name), here.now()
        if mine is not None and mine.version != version:
            return {"theirs": {"body": mine.body, "base": mine.base, "version": mine.version}}
        # Where it is gone, it was saved or thrown away in another page: what is typed here is kept all the same.
        kept = working.autosave(tx, key, me.name, body, base, version if mine else 0, now)
        return {"version": kept, "at": now.isoformat(), "others": others(tx, key, me, now - AT_IT)}

    return await here.write(write)


async def save(request: Request, sent: Sent) -> dict[str, Any]:
    """POST …/save: body, base. The faults of the form; or what stands by now, where somebody saved meanwhile."""
    here, me, key = house(request), request.state.account, key_of(request)
    unit, base = checked(key, _body(sent)), _number(sent, "base")
    if isinstance(unit, list):
        return {"faults": [fault._asdict() for fault in unit]}
    if fault := _seizes(unit, me):
        return {"faults": [fault._asdict()]}
    found: Unit = unit

    def write(tx: Connection) -> dict[str, Any]:
        require_within(tx, key, department_of(me))
        if faults := [*_without_file(tx, found), *_against_others(tx, found)]:
            return {"faults": [fault._asdict() for fault in faults]}
        working.save(tx, key, me.name, found, base, here.now())
        return {"saved": True}

    try:
        return await here.write(write)
    except Overtaken as error:
        stands = await here.read(lambda tx: standing(tx, key))
        if stands is None:
            return {"removed": WORDS.say("removed")}
        told = Overtaken(error.key, **{**error.values, "account": stands["who"] or error.values["account"]})
        return {"error": str(told), "theirs": stands}


async def discard(request: Request) -> Response:
    """POST …/discard: throw one's working copy away; and begin again from what stands, or go on with the others."""
    here, me, key = house(request), request.state.account, key_of(request)

    def write(tx: Connection) -> bool:
        require_within(tx, key, department_of(me))
        working.discard(tx, key, me.name)
        return working.standing(tx, key) is not None

    there = await here.write(write)
    if (await request.form()).get("from") == "unfinished":
        return see_other("/content/unfinished")
    return see_other(f"{request.url.path.removesuffix('/discard')}/edit" if there else "/content")


async def present(request: Request) -> Response:
    """GET …/others: who else is at it."""
    here, me, key = house(request), request.state.account, key_of(request)

    def read(tx: Connection) -> dict[str, Any]:
        require_within(tx, key, department_of(me))
        return {"others": others(tx, key, me, here.now() - AT_IT), "base": working.standing(tx, key)}

    return JSONResponse(await here.read(read))


def _seizes(unit: Unit, me: Account) -> Fault | None:
    """Nobody gives a unit to another department, whose members alone could take it back."""
    own = department_of(me)
    if is_within(unit, own):
        return None
    path = "owner.department" if unit.owner.department else "department"
    return Fault(path, WORDS.say("own_department", department=own))


def _without_file(tx: Connection, unit: Unit) -> list[Fault]:
    """The attachments whose file nobody has uploaded here."""
    gone = [n for n, one in enumerate(unit.attachments) if not attachments.known(tx, one.digest)]
    return [Fault(f"attachments.{n}.title", WORDS.say("no_file")) for n in gone]


def _against_others(tx: Connection, unit: Unit) -> list[Fault]:
    """What would hold up publishing this group of synonyms, as far as it is known today."""
    found = clashing(tx, [unit], {unit.key}) if isinstance(unit, Synonym) else []
    return [Fault(one.field, f"{one.problem}。{one.cure}。") for one in found]


def _body(sent: Sent) -> dict[str, Any]:
    body = sent.get("body")
    if not isinstance(body, dict):
        raise HTTPException(422)
    return body


def _number(sent: Sent, name: str) -> int | None:
    value = sent.get(name)
    if value is not None and (type(value) is not int or not 0 <= value < 2**53):
        raise HTTPException(422)
    return value


UNIT = "/content/units/{kind}/{id}"
ROUTES = [
    route(f"{UNIT}/working", act(keep), roles=EDITORS, methods=("POST",), largest=LARGEST),
    route(f"{UNIT}/save", act(save), roles=EDITORS, methods=("POST",), largest=LARGEST),
    route(f"{UNIT}/discard", page(discard), roles=EDITORS, methods=("POST",)),
    route(f"{UNIT}/others", page(present), roles=EDITORS),
]
