"""Publishing: what would change is tried and shown first; then at once, or on a day; and one unit taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.answering import answerer
from console.content.http import key_of, page
from console.content.roles import PART, REVIEWERS, department_of
from console.content.telling import WORDS, Form, Unusable, back, posted, trouble
from console.content.units import parse_key
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from foundation.clock import CHINA
from knowledge_base.editing import orders, publishing, scheduling, settling
from knowledge_base.editing.differences import differences
from knowledge_base.editing.errors import EditingError, WrongState
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.publishing import Consent
from knowledge_base.editing.scope import require_within
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.codec import dump
from knowledge_base.trials.outcomes import Report
from knowledge_base.trials.trying import tried

MOST = 500
"""Units that are published at a time."""


async def prepare(request: Request) -> Response:
    """GET /content/publish?unit=kind:id&unit=… or ?order=N: what would change, what is amiss, what tests say."""
    order = row_number(request.query_params.get("order", ""))
    try:
        chosen = [parse_key(text) for text in request.query_params.getlist("unit")[:MOST]]
        return await _shown(request, chosen, order)
    except Unusable as error:
        return trouble(request, str(error), 422)


async def publish(request: Request, form: Form) -> Response:
    """POST /content/publish: unit (several) or order; note; accept (digests), tests, reason; at (a moment to come)"""
    here, me = house(request), request.state.account
    order = row_number(form.get("order", ""))
    chosen = [parse_key(text) for text in request.state.many.get("unit", ())[:MOST]]
    consent = Consent(frozenset(request.state.many.get("accept", ())), "tests" in form, form.get("reason", ""))
    moment = _moment(form.get("at", ""))
    report = await _tried(request, chosen, order, moment)

    def write(tx: Connection) -> int:
        keys, now = _keys(tx, request, chosen, order), here.now()
        if moment is None:
            made = publishing.publish(tx, keys, me.name, form.get("note", "").strip(), now, report, consent, order)
            return made.number if made.fresh else 0
        # What is scheduled is tried now, when somebody is there to answer for it.
        publishing.check(tx, keys, me.name, now, report, consent, order)
        if order is None:
            scheduling.schedule(tx, keys, me.name, moment, now)
        else:
            scheduling.schedule_order(tx, order, me.name, moment, now)
        return -1

    try:
        number = await here.write(write)
    except (releases.Refused, publishing.Unproven):
        return await _shown(request, chosen, order, form, moment, status=409)
    if number < 0:
        return back(f"{PART}/orders/{order}" if order else f"{PART}/review", "scheduled")
    to = f"{PART}/orders/{order}" if order else _path(chosen[0]) if len(chosen) == 1 else PART
    return back(to, "published", release=number) if number else back(to, "nothing")


async def rollback(request: Request, form: Form) -> Response:
    """POST /content/units/{kind}/{id}/rollback: revision, the one that is published as far as the page knows"""
    here, me, key = house(request), request.state.account, key_of(request)
    seen = row_number(form.get("revision", ""))

    def write(tx: Connection) -> tuple[int, int]:
        releases.lock(tx)  # of two who press at once, the second one sees what the first one did
        require_within(tx, key, department_of(me))
        if draft_store.published(tx, [key]).get(key) != seen:
            raise WrongState("published_moved")
        try:
            number = releases.rollback(tx, key, me.name, here.now()).number
        except releases.NothingEarlier:
            raise WrongState("nothing_earlier") from None
        now, *before = releases.history(tx, key)
        return number, next(one.from_release for one in before if one.revision == now.revision)

    number, was = await here.write(write)
    return back(_path(key), "rolled_back", release=number, was=was)


async def _tried(
    request: Request, chosen: Sequence[UnitKey], order: int | None, moment: datetime | None = None
) -> Report:
    """What content tests say of the day on which it goes out; without any, no models are opened."""
    here = house(request)

    def read(tx: Connection) -> Report:
        moves = releases.pending_moves(tx, _keys(tx, request, chosen, order))
        return tried(tx, moves, moment or here.now(), lambda: answerer(request))

    return await here.read(read)


async def _shown(
    request: Request,
    chosen: Sequence[UnitKey],
    order: int | None,
    form: Form | None = None,
    moment: datetime | None = None,
    status: int = 200,
) -> Response:
    """The page; `form`: what was typed, and refused, `moment`: for when it would be published."""
    here, me = house(request), request.state.account
    report = await _tried(request, chosen, order, moment)

    def read(tx: Connection) -> dict[str, Any]:
        keys = _keys(tx, request, chosen, order)
        findings = publishing.findings_of(tx, releases.pending_moves(tx, keys), here.now())
        settled = settling.settled(tx, {one.unit for one in findings})
        found = [draft_store.draft(tx, key) for key in keys]
        refusals = {}
        for key in keys:
            try:
                publishing.publishable(tx, key, me.name, order)
            except EditingError as error:
                refusals[key] = str(error)
        return {
            "keys": keys,
            "drafts": [draft for draft in found if draft is not None],
            "blocks": [one for one in findings if one.severity == "block"],
            "warnings": [one for one in findings if one.severity == "warning" and one.digest not in settled],
            "changes": _changes(tx, keys) if len(keys) <= 20 else {},
            "order": orders.get(tx, order) if order else None,
            "refusals": refusals,
        }

    found = await here.read(read)
    return render(
        request,
        "content_publish.html",
        status,
        report=report,
        moment=moment,
        form=form or {},
        accepted=request.state.many.get("accept", ()) if form else (),
        kind_name=kind_name,
        words=WORDS.entry,
        again=f"{PART}/publish?{urlencode([('order', order)] if order else [('unit', str(key)) for key in chosen])}",
        **found,
    )


def _changes(tx: Connection, keys: Sequence[UnitKey]) -> dict[UnitKey, Any]:
    found = {}
    for key in keys:
        draft, stored = draft_store.draft(tx, key), releases.find(tx, releases.current(tx), key)
        new = dump(draft.unit) if draft is not None and draft.unit is not None else None
        found[key] = differences(dump(stored.unit) if stored else None, new)
    return found


def _keys(tx: Connection, request: Request, chosen: Sequence[UnitKey], order: int | None) -> list[UnitKey]:
    """The units that are meant, all of which are this account's business."""
    if order is None and not chosen:
        raise Unusable("nothing_chosen")
    department = department_of(request.state.account)
    if order is not None:
        orders.get_within(tx, order, department)
        return publishing.order_keys(tx, order)
    keys = list(dict.fromkeys(chosen))
    for key in keys:
        require_within(tx, key, department)
    return keys


def _moment(text: str) -> datetime | None:
    """What a field of the type datetime-local holds, at the office."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError:
        raise Unusable("bad_moment") from None


def _path(key: UnitKey) -> str:
    return f"{PART}/units/{key.kind}/{quote(key.id, safe='')}"


ROUTES = [
    route(f"{PART}/publish", page(prepare), roles=REVIEWERS),
    route(f"{PART}/publish", posted(publish), roles=REVIEWERS, methods=("POST",)),
    route(f"{PART}/units/{{kind}}/{{id}}/rollback", posted(rollback), roles=REVIEWERS, methods=("POST",)),
]
