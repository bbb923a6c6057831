"""Change orders: what one notice changes, kept together from the first draft to the day it is taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.http import page
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.content.telling import WORDS, Form, Unusable, back, posted, told
from console.content.units import parse_key
from console.house import house
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from knowledge_base.editing import orders, review
from knowledge_base.editing.errors import EditingError, Missing
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.orders import Order
from knowledge_base.editing.scope import require_within
from knowledge_base.store import releases

ORDERS = f"{PART}/orders"
NOTICE = ("title", "number", "issuer", "date", "url")


async def listed(request: Request) -> Response:
    """GET /content/orders"""
    here, me = house(request), request.state.account
    found = await here.read(lambda tx: orders.listing(tx, department_of(me)))
    return render(
        request, "content_orders.html", found=found, told=told(request), words=WORDS.entry, may_edit=_edits(me)
    )


async def opened(request: Request, form: Form) -> Response:
    """POST /content/orders: title; of the notice, notice_title, notice_number, notice_issuer, _date, _url"""
    here, me = house(request), request.state.account
    title = form.get("title", "").strip()[:200]
    if not title:
        raise Unusable("no_title")
    notice = {name: form.get(f"notice_{name}", "").strip()[:500] for name in NOTICE}
    kept = {name: text for name, text in notice.items() if text}
    order = await here.write(lambda tx: orders.create(tx, title, kept, department_of(me) or "", me.name, here.now()))
    return back(f"{ORDERS}/{order.id}", "order_opened")


async def shown(request: Request) -> Response:
    """GET /content/orders/{id}"""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def read(tx: Connection) -> dict[str, Any]:
        order = _mine(tx, id, me)
        drafts = orders.drafts_of(tx, id)
        release = releases.current(tx)
        published = []
        for step in orders.published_of(tx, id):
            stored = releases.find(tx, order.release or release, step.key)
            published.append((step, stored.unit.title if stored else step.key.id))
        titles = {}
        for draft in drafts:
            stored = releases.find(tx, release, draft.key) if draft.unit is None else None
            titles[draft.key] = draft.unit.title if draft.unit else stored.unit.title if stored else draft.key.id
        return {"order": order, "drafts": drafts, "titles": titles, "published": published}

    found = await here.read(read)
    return render(
        request,
        "content_order.html",
        told=told(request),
        words=WORDS.entry,
        kind_name=kind_name,
        may_edit=_edits(me),
        may_review=not set(me.roles).isdisjoint(REVIEWERS),
        **found,
    )


async def act(request: Request, form: Form) -> Response:
    """POST /content/orders/{id}: act submit, withdraw, approve, reject (comment), take_out (unit), drop, take_back"""
    here, me, id, deed = house(request), request.state.account, request.path_params["id"], form.get("act", "")

    def write(tx: Connection) -> int:
        _mine(tx, id, me)
        for draft in orders.drafts_of(tx, id):
            require_within(tx, draft.key, department_of(me))
        if deed == "take_back" and _reviews(me):
            for step in orders.published_of(tx, id):
                require_within(tx, step.key, department_of(me))
            return orders.take_back(tx, id, me.name, form.get("comment", "").strip(), here.now()).number
        if deed == "drop" and _edits(me):
            orders.drop(tx, id, me.name, here.now())
        elif deed == "take_out" and _edits(me):
            orders.take_out(tx, id, parse_key(form.get("unit", "")), me.name, here.now())
        elif (deed in ("submit", "withdraw") and _edits(me)) or (deed in ("approve", "reject") and _reviews(me)):
            _each(tx, id, deed, form, me.name, here)
        else:
            raise Unusable("no_act")
        return 0

    number = await here.write(write)
    if deed == "take_back":
        return back(f"{ORDERS}/{id}", "taken_back", release=number)
    return back(ORDERS if deed == "drop" else f"{ORDERS}/{id}", "order_dropped" if deed == "drop" else "order_changed")


def _each(tx: Connection, id: int, deed: str, form: Form, me: str, here: Any) -> None:
    """Do the same to every draft of an order; all or none."""
    comment, now = form.get("comment", ""), here.now()
    found = orders.drafts_of(tx, id)
    for draft in found:
        if deed == "submit" and draft.state == "draft":
            review.submit(tx, draft.key, me, comment, now)
        elif deed == "withdraw" and draft.state != "draft":
            review.withdraw(tx, draft.key, me, now)
        elif deed == "approve" and draft.state == "in_review":
            review.approve(tx, draft.key, draft.revision, me, comment, now, here.settings.review_steps)
        elif deed == "reject" and draft.state == "in_review":
            review.reject(tx, draft.key, draft.revision, me, comment, now)


def _mine(tx: Connection, id: int, me: Account) -> Order:
    """An order that an account may see. Raises Missing: there is none, as far as that account knows."""
    order = orders.get(tx, id)
    department = department_of(me)
    if department is not None and order.department not in ("", department):
        raise Missing("order_unknown")
    for draft in orders.drafts_of(tx, id):
        try:
            require_within(tx, draft.key, department)
        except EditingError:
            raise Missing("order_unknown") from None
    return order


def _edits(me: Account) -> bool:
    return not set(me.roles).isdisjoint(EDITORS)


def _reviews(me: Account) -> bool:
    return not set(me.roles).isdisjoint(REVIEWERS)


ROUTES = [
    route(ORDERS, page(listed), roles=READERS, nav="变更单", under=PART),
    route(ORDERS, posted(opened), roles=EDITORS, methods=("POST",)),
    route(f"{ORDERS}/{{id:int}}", page(shown), roles=READERS),
    route(f"{ORDERS}/{{id:int}}", posted(act), roles=(*EDITORS, "reviewer"), methods=("POST",)),
]
