"""One unit: what is published, what its draft would change, what was said about it, and what it was before."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.http import key_of, page
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.content.telling import WORDS, told
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from foundation.clock import local_today
from knowledge_base.editing import orders, review
from knowledge_base.editing.differences import differences
from knowledge_base.editing.errors import Forbidden, Missing
from knowledge_base.editing.fields import field_name, kind_name, places
from knowledge_base.editing.scope import department_of as answers_for
from knowledge_base.editing.scope import is_within
from knowledge_base.editing.trail import trail
from knowledge_base.findings import inspect
from knowledge_base.model import KINDS, Unit, UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.codec import dump
from knowledge_base.store.drafts import Draft
from knowledge_base.store.revisions import read as revisions

STEPS, PASSAGES = 30, 20
"""Of the trail, and of the history, so many are shown."""


async def unit(request: Request) -> Response:
    """GET /content/units/{kind}/{id}?revision=N: an earlier text beside what is published."""
    here, me, key = house(request), request.state.account, key_of(request)
    asked = request.query_params.get("revision", "")
    number = row_number(asked)
    today = local_today(here.clock)

    def read(tx: Connection) -> dict[str, Any]:
        stored = releases.find(tx, releases.current(tx), key)
        draft = _visible(tx, key, stored.unit if stored else None, me)
        history = releases.history(tx, key)
        if stored is None and draft is None and not history:
            raise Missing("unknown")
        shown = draft.unit if draft and draft.unit else stored.unit if stored else history[0].unit
        found: dict[str, Any] = {"published": stored, "draft": draft, "unit": shown, "history": history[:PASSAGES]}
        found["changes"] = _changes(stored.unit if stored else None, draft)
        found["findings"] = list(inspect(draft.unit, today)) if draft and draft.unit else []
        found["trail"] = trail(tx, key)[:STEPS] if may_see(shown, me) else []
        found["order"] = orders.get(tx, draft.order) if draft and draft.order else None
        found["refusal"] = _refusal(tx, draft, me)
        found["earlier"] = _earlier(tx, key, number, history, stored.unit if stored else None)
        return found

    found = await here.read(read)
    return render(
        request,
        "content_unit.html",
        key=key,
        kind=kind_name(key.kind),
        answers=key.kind in KINDS,
        title=found["unit"].title,
        department=answers_for(found["unit"]),
        groups=_groups(found["unit"]),
        told=told(request),
        words=WORDS.entry,
        steps=here.settings.review_steps,
        mine=may_see(found["unit"], me),
        may_edit=not set(me.roles).isdisjoint(EDITORS),
        may_review=not set(me.roles).isdisjoint(REVIEWERS),
        **found,
    )


def may_see(unit: Unit, me: Account) -> bool:
    """Whether an account sees the drafts of a unit, and what was said about them."""
    return is_within(unit, department_of(me))


def _visible(tx: Connection, key: UnitKey, published: Unit | None, me: Account) -> Draft | None:
    """The draft, where one may see it: neither it nor what it replaces is another department's."""
    draft = draft_store.draft(tx, key)
    if draft is None or not all(may_see(unit, me) for unit in (draft.unit, published) if unit is not None):
        return None
    return draft


def _changes(published: Unit | None, draft: Draft | None) -> list[Any]:
    if draft is None:
        return []
    return differences(_body(published), _body(draft.unit))


def _groups(unit: Unit) -> dict[str, list[tuple[str, str]]]:
    """What a unit says: of each part, or aspect, its places and their texts."""
    found: dict[str, list[tuple[str, str]]] = {}
    for place, text in places({key: value for key, value in dump(unit).items() if key != "id"}).items():
        deep = 2 if place[0] == field_name("aspects") and len(place) > 1 else 1
        if text != place[-1]:  # what an entry is called stands before all that is said of it
            found.setdefault(place[deep - 1], []).append((" · ".join(place[deep:]), text))
    return found


def _body(unit: Unit | None) -> dict[str, Any] | None:
    return None if unit is None else dump(unit)


def _refusal(tx: Connection, draft: Draft | None, me: Account) -> str:
    """Why this account may not review or publish the draft; empty where it may."""
    if draft is None:
        return ""
    try:
        review.may_review(tx, draft, me.name)
    except Forbidden as error:
        return "" if draft.state == draft_store.APPROVED and error.key == "step_taken" else str(error)
    return ""


def _earlier(tx: Connection, key: UnitKey, number: int | None, history: list[Any], now: Unit | None) -> Any:
    """An earlier published text, and how it differs from the present one."""
    passage = next((one for one in history if one.revision == number), None)
    if passage is None:
        return None
    (stored,) = revisions(tx, [passage.revision])
    return {"passage": passage, "changes": differences(dump(stored.unit), _body(now))}


ROUTES = [route(f"{PART}/units/{{kind}}/{{id}}", page(unit), roles=READERS)]
