"""个人信息: what citizens ask about their own data, from the request to the copy or the erasure; and what is kept of
whom for how long.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import bot.erasing  # noqa: F401  # all that an installation keeps of a citizen
from console import privacy_finding
from console.house import house
from console.pages import render, see_other
from console.privacy_finding import Person
from console.routing import route
from foundation import audit, erasures, personal_copy, retention, retention_runs, rights
from foundation.calendar import WorkCalendar
from foundation.channel_names import channel_name
from foundation.log import who
from foundation.rights import Request as Asked
from foundation.rights import RightsError
from foundation.words import Words

OFFICERS = ("supervisor", "admin")
WORDS = Words(Path(__file__).with_suffix(".yml"))
RUNS = 5


async def overview(request: Request) -> Response:
    """GET /privacy"""
    return await _overview(request)


async def find(request: Request) -> Response:
    """POST /privacy/find: asked. By POST, for what is asked must stand in no log of addresses."""
    here, form = house(request), await request.form()
    asked = str(form.get("asked", ""))
    people = await here.read(lambda tx: privacy_finding.found(tx, here, asked))
    return await _overview(request, people=people, said=None if people else WORDS.entry("nobody"))


async def receive(request: Request) -> Response:
    """POST /privacy/requests: who (of `find`), kind."""
    here, me, form = house(request), request.state.account, await request.form()
    conversation = privacy_finding.unseal(here, str(form.get("who", "")))
    kind = str(form.get("kind", ""))
    if conversation is None or kind not in (rights.COPY, rights.ERASURE):
        return await _overview(request, said=WORDS.entry("refused.who"))
    calendar = WorkCalendar(here.settings.calendar_file)

    def take_down(tx: Connection) -> Asked:
        return rights.receive(tx, here.cipher, kind, conversation, rights.CONSOLE, me.name, here.now(), calendar)

    made = await here.write(take_down)
    return see_other(f"/privacy/requests/{made.id}")


async def one(request: Request) -> Response:
    """GET /privacy/requests/{id}"""
    return await _one(request)


async def copy(request: Request) -> Response:
    """POST /privacy/requests/{id}/copy: the citizen's data, as a file."""
    here, me = house(request), request.state.account

    def write(tx: Connection) -> personal_copy.PersonalCopy:
        asked = _read(tx, request)
        if asked.conversation is None:
            raise HTTPException(404)
        audit.record(tx, me.name, "privacy.copy", erasures.subject_of(asked.digest), {"number": asked.id}, here.now())
        return personal_copy.of(tx, asked.conversation, here.now())

    content = personal_copy.archive(await here.write(write), here.settings)
    name = quote(f"{personal_copy.WORDS.entry('title')}-{request.path_params['id']}.zip")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


async def handed_over(request: Request) -> Response:
    """POST /privacy/requests/{id}/handed-over"""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    return await _done(request, lambda tx: rights.copied(tx, id, me.name, here.now()))


async def propose(request: Request) -> Response:
    """POST /privacy/requests/{id}/propose: that it be erased."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    return await _done(request, lambda tx: rights.propose(tx, id, me.name, here.now()))


async def erase(request: Request) -> Response:
    """POST /privacy/requests/{id}/erase: another person than the one who proposed it."""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    return await _done(request, lambda tx: rights.erase(tx, here.cipher, id, me.name, here.now()))


async def refuse(request: Request) -> Response:
    """POST /privacy/requests/{id}/refuse: reason."""
    here, me, id, form = house(request), request.state.account, request.path_params["id"], await request.form()
    return await _done(request, lambda tx: rights.refuse(tx, id, me.name, str(form.get("reason", "")), here.now()))


async def _done(request: Request, write: Callable[[Connection], object]) -> Response:
    try:
        await house(request).write(write)
    except RightsError as error:
        return await _one(request, WORDS.entry(f"refused.{error.key}"))
    return see_other(f"/privacy/requests/{request.path_params['id']}")


def _read(tx: Connection, request: Request) -> Asked:
    try:
        return rights.read(tx, request.path_params["id"])
    except RightsError:
        raise HTTPException(404) from None


async def _overview(request: Request, people: list[Person] | None = None, said: str | None = None) -> Response:
    here, now = house(request), house(request).now()

    def look(tx: Connection) -> dict[str, Any]:
        return {
            "open": rights.listed(tx, finished=False),
            "finished": rights.listed(tx, finished=True, limit=50),
            "runs": retention_runs.latest(tx, RUNS),
        }

    found = await here.read(look)
    return render(
        request, "privacy.html", people=people, said=said, now=now, settings=here.settings, rules=retention.rules(),
        remainder=personal_copy.remainder(), then=retention.WORDS.entry("then"), say=WORDS.entry,
        channel_name=channel_name, **found,
    )  # fmt: skip


async def _one(request: Request, said: str | None = None) -> Response:
    here, now = house(request), house(request).now()

    def look(tx: Connection) -> tuple[Asked, personal_copy.PersonalCopy | None]:
        asked = _read(tx, request)
        return asked, None if asked.conversation is None else personal_copy.of(tx, asked.conversation, now)

    asked, kept = await here.read(look)
    return render(
        request, "privacy_request.html", 409 if said else 200, asked=asked, kept=kept, said=said, now=now,
        name=None if asked.conversation is None else who(asked.conversation)[:6], settings=here.settings,
        rules={rule.store: rule for rule in retention.rules()}, remainder=personal_copy.remainder(),
        then=retention.WORDS.entry("then"), say=WORDS.entry, channel_name=channel_name,
    )  # fmt: skip


ROUTES = [
    route("/privacy", overview, roles=OFFICERS, nav="个人信息"),
    route("/privacy/find", find, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests", receive, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests/{id:int}", one, roles=OFFICERS),
    route("/privacy/requests/{id:int}/copy", copy, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests/{id:int}/handed-over", handed_over, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests/{id:int}/propose", propose, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests/{id:int}/erase", erase, roles=OFFICERS, methods=("POST",)),
    route("/privacy/requests/{id:int}/refuse", refuse, roles=OFFICERS, methods=("POST",)),
]
