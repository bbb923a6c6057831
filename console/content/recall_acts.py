"""What is done about recalls: one drafts, another has it sent, and either may stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.recalls import day_in, key_in, proposal, scope_of, unit_of, view, visible, whom
from console.content.roles import EDITORS, PART, REVIEWERS
from console.content.telling import Form, posted
from console.house import house
from console.pages import see_other
from console.routing import route
from foundation.clock import local_today

if TYPE_CHECKING:
    from knowledge_base.recalls.drafting import Recall

BOTH = tuple(dict.fromkeys((*EDITORS, *REVIEWERS)))


async def draft(request: Request, form: Form) -> Response:
    """POST /content/recalls: unit, aspect, since, text, reason"""
    from knowledge_base.recalls import drafting
    from knowledge_base.recalls.words import RecallRefused

    here, me = house(request), request.state.account
    key, since = key_in(form.get("unit", "")), day_in(form.get("since", ""))

    def write(tx: Connection) -> int:
        if key is None:
            raise RecallRefused("unit")
        if since is None or since > local_today(here.clock):
            raise RecallRefused("since")
        unit = unit_of(tx, key, me)
        scope = scope_of(tx, here, key, form.get("aspect", ""), since)
        return drafting.draft(tx, scope, unit, form.get("text", ""), form.get("reason", ""), me.name, here.now())

    try:
        id = await here.write(write)
    except RecallRefused as error:
        return await proposal(request, dict(form), str(error))
    return see_other(f"{PART}/recalls/{id}?done=drafted")


async def reword(request: Request, form: Form) -> Response:
    """POST /content/recalls/{id}/text: text, reason"""

    def write(tx: Connection, recall: Recall) -> None:
        from knowledge_base.recalls import drafting

        me, now = request.state.account, house(request).now()
        drafting.reword(tx, recall.id, form.get("text", ""), form.get("reason", ""), me.name, now)

    return await _done(request, form, write, "reworded")


async def send(request: Request, form: Form) -> Response:
    """POST /content/recalls/{id}/send: text, as it was read"""
    from knowledge_base.recalls.words import RecallRefused

    here, me, id = house(request), request.state.account, request.path_params["id"]
    # Finding whom it concerns may take seconds: not while everybody else's writing waits.
    try:
        people = await here.read(lambda tx: whom(tx, here, visible(tx, id, me).scope))
    except RecallRefused as error:
        return await view(request, str(error))

    def write(tx: Connection, recall: Recall) -> None:
        from knowledge_base.recalls import drafting

        drafting.send(tx, recall.id, people, me.name, form.get("text", "").replace("\r\n", "\n"), here.now())

    return await _done(request, {}, write, "sent")


async def withdraw(request: Request, form: Form) -> Response:
    """POST /content/recalls/{id}/withdraw"""

    def write(tx: Connection, recall: Recall) -> None:
        from knowledge_base.recalls import drafting

        drafting.withdraw(tx, recall.id, request.state.account.name, house(request).now())

    return await _done(request, {}, write, "withdrawn")


async def _done(request: Request, form: Form, write: Callable[[Connection, Any], None], name: str) -> Response:
    from knowledge_base.recalls.words import RecallRefused

    me, id = request.state.account, request.path_params["id"]
    try:
        await house(request).write(lambda tx: write(tx, visible(tx, id, me)))
    except RecallRefused as error:
        return await view(request, str(error), dict(form))
    return see_other(f"{PART}/recalls/{id}?done={name}")


ROUTES = [
    route(f"{PART}/recalls", posted(draft), roles=EDITORS, methods=("POST",)),
    route(f"{PART}/recalls/{{id:int}}/text", posted(reword), roles=EDITORS, methods=("POST",)),
    route(f"{PART}/recalls/{{id:int}}/send", posted(send), roles=REVIEWERS, methods=("POST",)),
    route(f"{PART}/recalls/{{id:int}}/withdraw", posted(withdraw), roles=BOTH, methods=("POST",)),
]
