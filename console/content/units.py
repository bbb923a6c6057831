"""The list of all units: found by words and filters; several acted on at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content import badly_rated
from console.content.roles import EDITORS, PART, READERS, REVIEWERS, department_of
from console.content.telling import WORDS, Form, Unusable, back, posted, told
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from foundation.accounts import Account
from foundation.errors import KnowledgeError
from knowledge_base.editing import orders, removing, review, working
from knowledge_base.editing.errors import Overtaken
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.listing import DUE, STATES, Wanted, departments, listing
from knowledge_base.editing.scope import require_within
from knowledge_base.model import GOVERNED, UnitKey, parse_unit
from knowledge_base.model.unit import ID
from knowledge_base.regions import open_regions
from knowledge_base.store import drafts, releases

PAGE = 50
MOST = 500
"""Units that one form may act on."""
FILTERS = ("words", "kind", "department", "region", "owner", "state", "due")
BADLY_RATED = "badly_rated"
Work = Callable[[Connection, UnitKey], None]
Read = frozenset[tuple[UnitKey, int | None]]
"""The texts that a page showed: units with their revisions, None where it was a removal."""


async def units(request: Request) -> Response:
    """GET /content?words=&kind=&department=&region=&owner=&state=&due=&page="""
    here, me = house(request), request.state.account
    asked = {name: request.query_params.get(name, "").replace("\x00", "").strip()[:100] for name in FILTERS}
    text = request.query_params.get("page", "1")
    number = max(1, min(int(text), 10**6)) if text.isascii() and text.isdigit() else 1

    def read(tx: Connection) -> dict[str, Any]:
        wanted = _wanted(tx, asked, me)
        rows, total = listing(tx, wanted, here.now(), PAGE, (number - 1) * PAGE)
        mine = [one for one in orders.listing(tx, department_of(me)) if one.state == orders.OPEN]
        status = releases.status(tx, here.now())
        return {"rows": rows, "total": total, "departments": departments(tx), "orders": mine, "stands": status}

    found = await here.read(read)
    regions = open_regions()
    link = {name: value for name, value in asked.items() if value}
    return render(
        request,
        "content_units.html",
        asked=asked,
        told=told(request),
        pages=-(-found["total"] // PAGE),
        number=number,
        link=lambda n: f"{PART}?{urlencode({**link, 'page': n})}",
        region_name=lambda code: regions.names.get(code, code) if code else "",
        kinds={kind: kind_name(kind) for kind in GOVERNED},
        kind_name=kind_name,
        words=WORDS.entry,
        states=STATES,
        due=(*DUE, BADLY_RATED),
        may_edit=_may(me, EDITORS),
        may_review=_may(me, REVIEWERS),
        **found,
    )


async def bulk(request: Request, form: Form) -> Response:
    """POST /content/bulk: act, unit (several, kind:id@revision), day, person, order"""
    here, me = house(request), request.state.account
    chosen = request.state.many.get("unit", ())[:MOST]
    keys = [parse_key(text) for text in chosen]
    if not keys:
        raise Unusable("nothing_chosen")
    act, now = form.get("act", ""), here.now()
    work = _work(act, form, shown(chosen), me, now, here.settings.review_steps)

    def write(tx: Connection) -> tuple[int, int]:
        done = changed = 0
        if act == "order":  # what is amiss with the order itself is said before any unit is looked at
            orders.get_open(tx, row_number(form["order"]) or 0, department_of(me))
        for key in keys:
            try:
                with tx.begin_nested():
                    require_within(tx, key, department_of(me))
                    work(tx, key)
                done += 1
            except Overtaken:
                changed += 1
            except KnowledgeError:  # told of by their number; each page says why
                continue
        return done, changed

    done, changed = await here.write(write)
    left = len(keys) - done
    if not left:
        return back(PART, "bulk", done=done)
    if changed:
        return back(PART, "bulk_changed", done=done, left=left, changed=changed)
    return back(PART, "bulk_order" if act == "order" else "bulk_some", done=done, left=left)


def _work(act: str, form: Form, read: Read, me: Account, now: Any, steps: int) -> Work:
    """What one act does to one unit."""
    if act in ("submit", "remove", "owner", "review_by", "order") and not _may(me, EDITORS):
        raise Unusable("no_act")
    if act == "submit":
        return lambda tx, key: review.submit(tx, key, me.name, "", now)
    if act == "remove":
        return lambda tx, key: removing.propose(tx, key, read, me.name, now)
    if act == "owner":
        person = form.get("person", "").strip()[:80]
        return lambda tx, key: _change(
            tx, key, me, now, lambda body: body.setdefault("owner", {}).update(person=person)
        )
    if act == "review_by":
        try:
            day = date.fromisoformat(form.get("day", "")).isoformat()
        except ValueError:
            raise Unusable("bad_day") from None
        return lambda tx, key: _change(tx, key, me, now, lambda body: body.update(review_by=day))
    if act == "order" and (order := row_number(form.get("order", ""))) is not None:
        return lambda tx, key: orders.put(tx, order, [key], department_of(me), me.name, now)
    if act == "approve" and _may(me, REVIEWERS):
        return lambda tx, key: _approve(tx, key, read, me, now, steps)
    raise Unusable("no_act")


def _approve(tx: Connection, key: UnitKey, read: Read, me: Account, now: Any, steps: int) -> None:
    draft = review.existing(tx, key)
    if (key, draft.revision) not in read:
        raise Overtaken("changed")
    review.approve(tx, key, draft.revision, me.name, "", now, steps)


def _change(tx: Connection, key: UnitKey, me: Account, now: Any, change: Callable[[dict[str, Any]], object]) -> None:
    """Save a draft of a unit with one field changed."""
    drafts.hold(tx, key)
    body = working.begin(tx, key)
    change(body)
    working.save(tx, key, me.name, parse_unit(body), working.standing(tx, key), now)


def _wanted(tx: Connection, asked: dict[str, str], me: Account) -> Wanted:
    values: dict[str, Any] = {name: asked[name] for name in ("words", "department", "region", "owner")}
    values["kind"] = asked["kind"] if asked["kind"] in GOVERNED else ""
    values["state"] = asked["state"] if asked["state"] in STATES else ""
    values["due"] = asked["due"] if asked["due"] in DUE else ""
    if asked["due"] == BADLY_RATED:
        values["only"] = badly_rated.units(tx)
    return Wanted(**values, within=department_of(me))


def parse_key(text: str) -> UnitKey:
    """A unit as forms name it, kind:id, whichever text of it was shown (kind:id@revision). Raises Unusable."""
    kind, _, id = text.partition("@")[0].partition(":")
    if kind not in GOVERNED or not ID.fullmatch(id):
        raise Unusable("nothing_chosen")
    return UnitKey(kind, id)


def shown(texts: Iterable[str]) -> Read:
    """Which texts a page showed, from what its form names: kind:id@revision; without a number, a removal.

    Where the revision is missing nothing was shown. Raises Unusable.
    """
    parts = [text.partition("@") for text in texts]
    return frozenset(
        (parse_key(named), row_number(revision))
        for named, at, revision in parts
        if at and (not revision or row_number(revision) is not None)
    )


def _may(me: Account, roles: tuple[str, ...]) -> bool:
    return not set(me.roles).isdisjoint(roles)


ROUTES = [
    route(PART, units, roles=READERS, nav="内容"),
    route(f"{PART}/bulk", posted(bulk), roles=(*EDITORS, "reviewer"), methods=("POST",)),
]
