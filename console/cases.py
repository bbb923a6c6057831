"""诉求: the list of cases, one case with its history, and what was not taken by the outside system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.house import House, house
from console.pages import TEMPLATES, render
from console.routing import route
from desk import case_deliveries, cases
from desk.case_confidence import Viewer, transcript
from desk.case_deliveries import Delivery
from desk.case_handling import NEXT
from desk.case_numbers import number_in
from desk.case_private import TOKEN, Private, blank
from desk.case_rules import KINDS, Rules, rules
from desk.case_words import WORDS
from desk.cases import STATES, Case, Event
from foundation.clock import CHINA
from foundation.dialogue import Line

STAFF = ("agent", "supervisor", "admin")
TRUSTED = ("supervisor", "admin")
PAGE, LINES = 50, 60
LARGEST_ID = 2**53
TYPED = ("text", "note", "state", "department", "due_on", "reason")
"""What the forms of a case's page have."""

TEMPLATES.globals["case_words"] = WORDS.entry
TEMPLATES.filters["unmarked"] = lambda text: blank(text, WORDS.entry("hidden"))


@dataclass(frozen=True)
class File:
    """A case as one member of staff sees it."""

    case: Case
    viewer: Viewer
    history: list[Event]
    deliveries: list[Delivery]
    lines: list[Line]
    """What was said in its conversation; empty where that is kept secret, or was erased."""


async def overview(request: Request) -> Response:
    """GET /cases?kind=&state=&department=&overdue=1&number=&before=ID; gone=NUMBER, which was just given away"""
    here, asked = house(request), _asked(request)
    ours, now = rules(here.settings.cases_file), here.now()
    filters: dict[str, Any] = {name: asked[name] or None for name in ("kind", "state", "department")}
    filters["overdue_on"] = now.astimezone(CHINA).date() if asked["overdue"] else None
    filters["number"] = (number_in(asked["number"]) or "-") if asked["number"] else None
    filters["before"] = _id(asked["before"])

    def look(tx: Connection) -> tuple[Viewer, list[Case], int]:
        viewer = Viewer.of(tx, request.state.account, ours, now)
        found = cases.search(tx, departments=viewer.departments, **filters, limit=PAGE)
        return viewer, found, len(case_deliveries.dead(tx)) if viewer.trusted else 0

    viewer, found, dead = await here.read(look)
    more = ""
    if len(found) == PAGE:
        more = "/cases?" + urlencode({**{key: text for key, text in asked.items() if text}, "before": found[-1].id})
    departments = ours.departments if viewer.departments is None else viewer.departments
    return render(
        request,
        "cases.html",
        found=found,
        asked=asked,
        more=more,
        dead=dead,
        departments=departments,
        gone=number_in(request.query_params.get("gone", "")[:80]),
        kinds=KINDS,
        states=STATES,
        now=now,
    )


async def one(request: Request) -> Response:
    """GET /cases/{number}"""
    here, now = house(request), house(request).now()
    file = await here.read(lambda tx: open_file(tx, request, here, now))
    return show(request, file)


async def undelivered(request: Request) -> Response:
    """GET /cases/undelivered: what the outside system has not taken."""
    dead = await house(request).read(case_deliveries.dead)
    return render(request, "cases_undelivered.html", dead=dead)


def open_file(tx: Connection, request: Request, here: House, now: datetime) -> File:
    """The case that the address names. Raises HTTPException 404: there is none, or it is not theirs to see."""
    ours = rules(here.settings.cases_file)
    viewer = Viewer.of(tx, request.state.account, ours, now)
    case = cases.find(tx, number_in(request.path_params["number"]) or "")
    if case is None or not viewer.may_see(case):
        raise HTTPException(404, "no_case")
    lines: list[Line] = []
    if case.conversation is not None and not case.hides_who:
        lines = transcript(tx, case.conversation, LINES)
    return File(case, viewer, cases.history(tx, case), case_deliveries.of_case(tx, case.id), lines)


def show(
    request: Request,
    file: File,
    status: int = 200,
    *,
    refusal: str = "",
    typed: dict[str, str] | None = None,
    revealed: Private | None = None,
    said: list[Line] | None = None,
) -> Response:
    """The page of a case.

    Args:
        refusal: why what was tried was not done; `typed` is what was in its form.
        revealed: contact and identifiers, for whoever has given a reason; `said`, the conversation.
    """
    here = house(request)
    ours: Rules = rules(here.settings.cases_file)
    return render(
        request,
        "case.html",
        status,
        case=file.case,
        history=file.history,
        deliveries=file.deliveries,
        lines=said if said is not None else file.lines,
        may_reveal=file.viewer.may_reveal(file.case),
        trusted=file.viewer.trusted,
        next=NEXT[file.case.state],
        departments=[name for name in ours.departments if name != file.case.department],
        secrets=bool(TOKEN.search(file.case.what + file.case.place + file.case.happened)) or file.case.has_contact,
        refusal=refusal,
        typed={**dict.fromkeys(TYPED, ""), **(typed or {})},
        revealed=revealed,
        key=token_hex(16),
        now=here.now(),
        hotline=here.settings.hotline,
    )


def _asked(request: Request) -> dict[str, str]:
    names = ("kind", "state", "department", "overdue", "number", "before")
    texts = {name: request.query_params.get(name, "").strip()[:80] for name in names}
    return {name: text if text.isprintable() else "" for name, text in texts.items()}


def _id(text: str) -> int | None:
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < 20 else None


ROUTES = [
    route("/cases", overview, roles=STAFF, nav="诉求"),
    route("/cases/undelivered", undelivered, roles=TRUSTED),
    route("/cases/{number}", one, roles=STAFF),
]
