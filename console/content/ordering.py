"""Change orders: what one notice changes, kept together from the first draft to the day it is taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.http import page
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.content.telling import WORDS, Form, Unusable, back, posted, told
from console.content.units import Read, parse_key, shown
from console.house import house
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from knowledge_base.editing import orders, review, scheduling
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.orders import Order
from knowledge_base.editing.scope import require_within
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

ORDERS = f"{PART}/orders"
NOTICE = ("title", "number", "issuer", "date", "url")


async def listed(request: Request) -> Response:
    """GET /content/orders"""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> list[tuple[Order, int]]:
        found = orders.listing(tx, department_of(me))
        return [(order, len(_waits_for(tx, order))) for order in found]

    found = await here.read(read)
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


async def one(request: Request) -> Response:
    """GET /content/orders/{id}"""
    here, me, id = house(request), request.state.account, request.path_params["id"]

    def read(tx: Connection) -> dict[str, Any]:
        order = orders.get_within(tx, id, department_of(me))
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
        waits = _waits_for(tx, order)
        return {"order": order, "drafts": drafts, "titles": titles, "published": published, "waits": waits}

    found = await here.read(read)
    return render(
        request,
        "content_order.html",
        told=told(request),
        words=WORDS.entry,
        kind_name=kind_name,
        now=here.now(),
        may_edit=_edits(me),
        may_review=not set(me.roles).isdisjoint(REVIEWERS),
        **found,
    )


async def act(request: Request, form: Form) -> Response:
    """POST /content/orders/{id}: act submit, withdraw, take_out (unit), drop, take_back; approve, reject (comment,
    shown: each draft as the page had it, kind:id@revision)
    """
    here, me, id, deed = house(request), request.state.account, request.path_params["id"], form.get("act", "")

    def write(tx: Connection) -> int:
        orders.get_within(tx, id, department_of(me))
        if deed == "take_back" and _reviews(me):
            for step in orders.published_of(tx, id):
                require_within(tx, step.key, department_of(me))
            return orders.take_back(tx, id, me.name, form.get("comment", "").strip(), here.now()).number
        if deed == "drop" and _edits(me):
            orders.drop(tx, id, me.name, here.now())
        elif deed == "take_out" and _edits(me):
            orders.take_out(tx, id, parse_key(form.get("unit", "")), me.name, here.now())
        elif (deed in ("submit", "withdraw") and _edits(me)) or (deed in ("approve", "reject") and _reviews(me)):
            return _each(tx, id, deed, form, shown(request.state.many.get("shown", ())), me.name, here)
        else:
            raise Unusable("no_act")
        return 0

    number = await here.write(write)
    if deed == "take_back":
        return back(f"{ORDERS}/{id}", "taken_back", release=number)
    if deed == "drop":
        return back(ORDERS, "order_dropped")
    return back(f"{ORDERS}/{id}", "order_left", left=number) if number else back(f"{ORDERS}/{id}", "order_changed")


def _each(tx: Connection, id: int, deed: str, form: Form, read: Read, me: str, here: Any) -> int:
    """Do the same to every draft of an order; all or none, but for those that nobody has read as they stand now.

    Returns:
        How many drafts under review were left over, because the page showed another text of them or none.
    """
    comment, now, left = form.get("comment", ""), here.now(), 0
    for draft in orders.drafts_of(tx, id):
        if deed == "submit" and draft.state == "draft":
            review.submit(tx, draft.key, me, comment, now)
        elif deed == "withdraw" and draft.state != "draft":
            review.withdraw(tx, draft.key, me, now)
        elif deed in ("approve", "reject") and draft.state == "in_review" and (draft.key, draft.revision) not in read:
            left += 1
        elif deed == "approve" and draft.state == "in_review":
            review.approve(tx, draft.key, draft.revision, me, comment, now, here.settings.review_steps)
        elif deed == "reject" and draft.state == "in_review":
            review.reject(tx, draft.key, draft.revision, me, comment, now)
    return left


def _waits_for(tx: Connection, order: Order) -> dict[UnitKey, str]:
    """The drafts that hold up an order which is scheduled, with the reasons."""
    scheduled = order.state == orders.OPEN and order.publish_at is not None
    return scheduling.waits_for(tx, orders.drafts_of(tx, order.id)) if scheduled else {}


def _edits(me: Account) -> bool:
    return not set(me.roles).isdisjoint(EDITORS)


def _reviews(me: Account) -> bool:
    return not set(me.roles).isdisjoint(REVIEWERS)


ROUTES = [
    route(ORDERS, page(listed), roles=READERS, nav="变更单", under=PART),
    route(ORDERS, posted(opened), roles=EDITORS, methods=("POST",)),
    route(f"{ORDERS}/{{id:int}}", page(one), roles=READERS),
    route(f"{ORDERS}/{{id:int}}", posted(act), roles=(*EDITORS, "reviewer"), methods=("POST",)),
]
