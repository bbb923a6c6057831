"""What supervisors set for the desk: what goes to a person or is approved first, and days with other hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.engine import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from console.desk_words import named, word
from console.house import house
from console.pages import render, see_other
from console.routing import route
from desk import closures, marks, presence
from desk.errors import DeskError
from foundation.clock import local_today
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

SUPERVISOR = "supervisor"
LONGEST = 200


async def page(request: Request) -> Response:
    """GET /desk-rules"""
    return await _show(request)


async def add_mark(request: Request) -> Response:
    """POST /desk-rules/marks: then, unit (kind:id, a title may follow) or words, department, minutes."""
    here, me, form = house(request), request.state.account, await request.form()
    kind, _, id = _field(form, "unit").split(" ")[0].partition(":")
    words = [one for one in _field(form, "words").replace("，", " ").replace(",", " ").split() if one]
    minutes = _field(form, "minutes")

    def write(tx: Connection) -> None:
        marks.put(
            tx,
            _field(form, "then"),
            me.name,
            here.now(),
            unit=(kind, id) if kind else None,
            words=words,
            department=_field(form, "department"),
            minutes=int(minutes) if minutes.isdecimal() and 0 < int(minutes) < 10_000 else None,
        )

    return await _done(request, write)


async def remove_mark(request: Request) -> Response:
    """POST /desk-rules/marks/{id}/remove"""
    here, me, id = house(request), request.state.account, request.path_params["id"]
    return await _done(request, lambda tx: marks.remove(tx, id, me.name, here.now()))


async def announce(request: Request) -> Response:
    """POST /desk-rules/closures: day, shifts (empty: closed), reason."""
    here, me, form = house(request), request.state.account, await request.form()
    day = _day(_field(form, "day"))
    if day is None:
        return await _show(request, word("refused.day"))
    shifts, reason = _field(form, "shifts"), _field(form, "reason")
    return await _done(request, lambda tx: closures.announce(tx, day, shifts, reason, me.name, here.now()))


async def revoke(request: Request) -> Response:
    """POST /desk-rules/closures/revoke: day"""
    here, me, form = house(request), request.state.account, await request.form()
    day = _day(_field(form, "day"))
    if day is None:
        return await _show(request, word("refused.day"))
    return await _done(request, lambda tx: closures.revoke(tx, day, me.name, here.now()))


async def _done(request: Request, write: Callable[[Connection], object]) -> Response:
    try:
        await house(request).write(write)
    except DeskError as error:
        return await _show(request, str(error))
    return see_other("/desk-rules")


async def _show(request: Request, wrong: str = "") -> Response:
    here = house(request)

    def read(tx: Connection) -> dict[str, object]:
        rules = marks.listing(tx)
        titles = {one: _title(tx, one) for one in set(map(_key, rules)) if one}
        return {
            "marks": [(mark, titles[key] if (key := _key(mark)) else None) for mark in rules],
            "closures": closures.listing(tx, local_today(here.clock)),
            "departments": sorted({name for one in presence.everyone(tx, here.now()) for name in one.departments}),
        }

    found = await here.read(read)
    minutes = f"{here.settings.desk_approval_minutes:g}"
    return render(request, "desk_rules.html", 422 if wrong else 200, wrong=wrong, minutes=minutes, named=named, **found)


def _key(mark: marks.Mark) -> UnitKey | None:
    return UnitKey(mark.unit_kind, mark.unit_id) if mark.unit_kind and mark.unit_id else None


def _title(tx: Connection, key: UnitKey) -> str:
    found = releases.find(tx, releases.current(tx), key)
    return found.unit.title if found else str(key)


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


ROUTES = [
    route("/desk-rules", page, roles=SUPERVISOR, nav="坐席规则"),
    route("/desk-rules/marks", add_mark, roles=SUPERVISOR, methods=("POST",)),
    route("/desk-rules/marks/{id:int}/remove", remove_mark, roles=SUPERVISOR, methods=("POST",)),
    route("/desk-rules/closures", announce, roles=SUPERVISOR, methods=("POST",)),
    route("/desk-rules/closures/revoke", revoke, roles=SUPERVISOR, methods=("POST",)),
]
