"""更正告知: the recalls there were, what a new one would be, and how far one has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.content.http import page
from console.content.occasion import occasion_of
from console.content.record_words import entry
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.house import House, house
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from foundation.clock import CHINA, local_today
from knowledge_base.editing.errors import Forbidden, Missing
from knowledge_base.editing.scope import department_of as answers_for
from knowledge_base.editing.scope import is_within
from knowledge_base.model import ASPECTS, KINDS, Unit, UnitKey
from knowledge_base.model.unit import ID
from knowledge_base.store import releases

if TYPE_CHECKING:
    from knowledge_base.recalls.concerned import Concerned, Example, Scope
    from knowledge_base.recalls.drafting import Recall
    from knowledge_base.recalls.progress import Counts

USUAL = timedelta(days=90)
"""A recall looks back so far, where nobody says otherwise."""
EXAMPLES = 12
STATES = ("to_send", "sent", "reached", "waiting", "unreachable", "erased")


@dataclass(frozen=True)
class Sample:
    """What so many were told, and the message that one of them will get."""

    example: Example
    text: str


async def listed(request: Request) -> Response:
    """GET /content/recalls"""

    def read(tx: Connection) -> list[tuple[Recall, Counts]]:
        from knowledge_base.recalls import drafting, progress

        found = drafting.listing(tx, department_of(request.state.account))
        return [(one, progress.counts(tx, one.id)) for one in found]

    found = await house(request).read(read)
    return render(request, "content_recalls.html", found=found, states=STATES, may_draft=may(request, EDITORS))


async def new(request: Request) -> Response:
    """GET /content/recalls/new?unit=kind:id&aspect=&since=YYYY-MM-DD"""
    return await proposal(request, dict(request.query_params))


async def proposal(request: Request, typed: dict[str, str], wrong: str = "") -> Response:
    """The form of a new recall, with whom it would concern; `wrong`: why it was not taken."""
    here, me = house(request), request.state.account
    key, aspect = key_in(typed.get("unit", "")), typed.get("aspect", "")
    today, since = local_today(here.clock), day_in(typed.get("since", ""))
    since = since if since is not None and since <= today else today - USUAL

    def read(tx: Connection) -> dict[str, Any]:
        from knowledge_base.recalls.looking import lately_changed
        from knowledge_base.recalls.wording import proposed

        if key is None:
            lately = lately_changed(tx, department_of(me))
            return {"unit": None, "samples": [], "people": {}, "text": "", "lately": lately}
        unit, text = unit_of(tx, key, me), typed.get("text") or proposed()
        people = whom(tx, here, scope_of(tx, here, key, aspect, since))
        return {"unit": unit, "text": text, **shown(people, unit.title, text)}

    found = await here.read(read)
    values = {"key": key, "aspect": aspect, "since": since, "aspects": ASPECTS, "wrong": wrong, "most": EXAMPLES}
    status = 422 if wrong else 200
    return render(request, "content_recall_new.html", status, reason=typed.get("reason", ""), **values, **found)


async def one(request: Request) -> Response:
    """GET /content/recalls/{id}"""
    return await view(request)


async def view(request: Request, wrong: str = "", typed: dict[str, str] | None = None) -> Response:
    """A recall's page; `wrong`: why what was tried was not done, `typed` what was in its form."""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def read(tx: Connection) -> dict[str, Any]:
        from knowledge_base.recalls import drafting, progress
        from knowledge_base.recalls.words import WORDS

        recall = visible(tx, id, me)
        draft = recall.state == drafting.DRAFT
        text = (typed or {}).get("text") or recall.text
        people = whom(tx, here, recall.scope) if draft else []
        return {
            "recall": recall,
            "counts": progress.counts(tx, id),
            "changed": draft and drafting.is_outdated(tx, recall),
            "text": text,
            "why": WORDS.entry("why"),
            **shown(people, recall.title, text),
        }

    found = await here.read(read)
    return render(
        request,
        "content_recall.html",
        409 if wrong else 200,
        wrong=wrong,
        states=STATES,
        most=EXAMPLES,
        mine=found["recall"].account == me.name,
        may_send=may(request, REVIEWERS),
        may_edit=may(request, EDITORS),
        done=entry("recall.done").get(request.query_params.get("done", ""), ""),
        **found,
    )


async def counts(request: Request) -> Response:
    """GET /content/recalls/{id}/counts: the numbers of its page, by state, channel and reason."""
    me, id = request.state.account, request.path_params["id"]

    def read(tx: Connection) -> tuple[Recall, Counts]:
        from knowledge_base.recalls import progress

        return visible(tx, id, me), progress.counts(tx, id)

    recall, found = await house(request).read(read)
    return JSONResponse(
        {
            "state": recall.state,
            "states": {state: found.of(state) for state in STATES},
            "channels": {one: {state: found.of(state, one) for state in STATES} for one in found.channels},
            "why": found.why,
            "by_phone": found.by_phone,
        }
    )


def whom(tx: Connection, here: House, scope: Scope) -> list[Concerned]:
    """Who was told what does not hold."""
    from knowledge_base.recalls.concerned import concerned

    return concerned(tx, scope, occasion_of(here))


def shown(people: list[Concerned], title: str, text: str) -> dict[str, Any]:
    """How many on each channel, and what was told with the message that goes out."""
    from knowledge_base.recalls.concerned import by_channel, examples
    from knowledge_base.recalls.wording import filled

    found = examples(people)
    samples = [Sample(one, filled(text, title, one.record, one.difference)) for one in found[:EXAMPLES]]
    return {"people": by_channel(people), "samples": samples, "kinds_of_answer": len(found)}


def scope_of(tx: Connection, here: House, key: UnitKey, aspect: str, since: date) -> Scope:
    """What a recall that is drafted now is about."""
    from knowledge_base.recalls.concerned import Scope

    begin = datetime.combine(since, time(), CHINA).astimezone(timezone.utc)
    return Scope(key, aspect if aspect in ASPECTS else None, releases.current(tx), begin, here.now())


def unit_of(tx: Connection, key: UnitKey, me: Account) -> Unit:
    """A unit as it was last published. Raises Missing: it never was; Forbidden: it is another department's."""
    stays = releases.history(tx, key)
    if not stays:
        raise Missing("unknown")
    unit = stays[0].unit
    if not is_within(unit, department_of(me)):
        raise Forbidden("other_department", department=answers_for(unit))
    return unit


def visible(tx: Connection, id: int, me: Account) -> Recall:
    """A recall that an account may see. Raises HTTPException 404: there is none."""
    from knowledge_base.recalls import drafting
    from knowledge_base.recalls.words import RecallRefused

    try:
        found = drafting.get(tx, id)
    except RecallRefused as error:
        raise HTTPException(404) from error
    if department_of(me) not in (None, found.department) and found.department:
        raise HTTPException(404)
    return found


def may(request: Request, roles: tuple[str, ...]) -> bool:
    return not set(roles).isdisjoint(request.state.account.roles)


def key_in(text: str) -> UnitKey | None:
    """The unit that a field names as kind:id, a title may follow; None for anything else."""
    kind, _, id = text.strip().split(" ")[0].partition(":")
    return UnitKey(kind, id) if kind in KINDS and ID.fullmatch(id) else None


def day_in(text: str) -> date | None:
    """A day, from the year 2000 on."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= 2000 else None


ROUTES: list[Any] = [
    route(f"{PART}/recalls", listed, roles=READERS, nav="更正告知", under=PART),
    route(f"{PART}/recalls/new", page(new), roles=EDITORS),
    route(f"{PART}/recalls/{{id:int}}", one, roles=READERS),
    route(f"{PART}/recalls/{{id:int}}/counts", counts, roles=READERS),
]
