"""停答和提示: supervisors silence the robot, or have something said before its answers; in force at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.record_words import entry, word
from console.content.roles import PART, SUPERVISORS
from console.content.telling import Form, posted
from console.house import house
from console.pages import render, see_other
from console.routing import route
from foundation import switches
from foundation.channel_names import CHANNEL_NAMES
from foundation.clock import CHINA
from foundation.switches import ALL, MODES, NOTICE, Switch, of_channel, of_item
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

MOST = 200
"""Characters that stand before each answer."""


class Wrong(Exception):
    """What a form lacks; `name` is the sentence's, under switches.refused."""

    def __init__(self, name: str) -> None:
        super().__init__(word(f"switches.refused.{name}"))


@dataclass(frozen=True)
class Wanted:
    """A switch to be set."""

    mode: str
    scope: str
    text: str
    until: datetime | None


async def page(request: Request) -> Response:
    """GET /content/switches"""
    return await _show(request)


async def turn_on(request: Request, form: Form) -> Response:
    """POST /content/switches: mode, scope (all, channel, item), channel, item (id, a title may follow), text, until"""
    here, me = house(request), request.state.account

    def write(tx: Connection) -> None:
        asked = wanted(tx, form, here.now())
        switches.turn_on(tx, asked.scope, asked.mode, asked.text, asked.until, me.name, here.now())

    try:
        await here.write(write)
    except Wrong as error:
        return await _show(request, str(error), form)
    return see_other(f"{PART}/switches?done=set")


def wanted(tx: Connection, form: Form, now: datetime) -> Wanted:
    """What a form asks for. Raises Wrong: something is missing."""
    mode, scope = form.get("mode", ""), _scope(tx, form)
    text, until = form.get("text", "").strip(), _moment(form.get("until", ""))
    if len(text) > MOST or (mode == NOTICE and not text):
        raise Wrong("text")
    if (until is None and (mode == NOTICE or form.get("until"))) or (until is not None and until <= now):
        raise Wrong("until")
    if scope is None or mode not in MODES:
        raise Wrong("scope")
    return Wanted(mode, scope, text, until)


async def turn_off(request: Request, form: Form) -> Response:
    """POST /content/switches/off: scope, mode"""
    here, me = house(request), request.state.account
    scope, mode = form.get("scope", ""), form.get("mode", "")
    await here.write(lambda tx: switches.turn_off(tx, scope, mode, me.name, here.now()))
    return see_other(f"{PART}/switches?done=taken")


async def _show(request: Request, wrong: str = "", typed: Form | None = None) -> Response:
    here = house(request)

    def read(tx: Connection) -> dict[str, Any]:
        found = switches.in_force(tx, here.now())
        items = [stored.unit for stored in releases.stream(tx, releases.current(tx)) if stored.unit.kind == "item"]
        titles = {unit.id: unit.title for unit in items}
        return {"found": [(one, _name(one, titles)) for one in found], "items": titles}

    found = await here.read(read)
    done = entry("switches.done").get(request.query_params.get("done", ""), "")
    fields = {"mode": "off", "scope": ALL, "channel": "", "item": "", "text": "", "until": ""}
    values = {
        "wrong": wrong,
        "done": done,
        "typed": {**fields, **(typed or {})},
        "channels": CHANNEL_NAMES,
        "most": MOST,
    }
    return render(request, "content_switches.html", 422 if wrong else 200, **values, **found)


def _scope(tx: Connection, form: Form) -> str | None:
    """The scope that a form names; None: no channel or no item of ours."""
    reach, item = form.get("scope"), form.get("item", "").strip().split(" ")[0]
    if reach == ALL:
        return ALL
    if reach == "channel" and form.get("channel") in CHANNEL_NAMES:
        return of_channel(form["channel"])
    known = reach == "item" and releases.find(tx, releases.current(tx), UnitKey("item", item)) is not None
    return of_item(item) if known else None


def _name(one: Switch, titles: dict[str, str]) -> str:
    if one.reach == "channel":
        return CHANNEL_NAMES.get(one.name, one.name)
    return titles.get(one.name, one.name) if one.reach == "item" else word("switches.scopes.all")


def _moment(text: str) -> datetime | None:
    """A moment at the office, as a datetime-local field gives it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


ROUTES = [
    route(f"{PART}/switches", page, roles=SUPERVISORS, nav="停答和提示", under=PART),
    route(f"{PART}/switches", posted(turn_on), roles=SUPERVISORS, methods=("POST",)),
    route(f"{PART}/switches/off", posted(turn_off), roles=SUPERVISORS, methods=("POST",)),
]
