"""Review: what waits for one's reading, and all that a form does to a draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content.http import key_of, page
from console.content.roles import EDITORS, PART, REVIEWERS, department_of
from console.content.telling import WORDS, Form, Unusable, back, posted, told
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import Page, route
from knowledge_base.editing import removing, review
from knowledge_base.editing.errors import Forbidden
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.scope import is_within, require_within
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.drafts import APPROVED, IN_REVIEW, Draft
from knowledge_base.store.tables import drafts as table

Deed = Callable[[Connection, UnitKey, str, Form, datetime, int], object]
"""Takes the unit, the account, what the form has, the instant, and how many steps a review has."""


async def queue(request: Request) -> Response:
    """GET /content/review: what waits to be read, and what has passed and waits to be published."""
    here, me = house(request), request.state.account

    def read(tx: Connection) -> list[tuple[Draft, str]]:
        waiting = draft_store.drafts_where(tx, table.c.state.in_((IN_REVIEW, APPROVED)))
        stands = _published(tx, [draft.key for draft in waiting])
        seen = [one for one in waiting if is_within(one.unit or stands[one.key], department_of(me))]
        return [(draft, _refusal(tx, draft, me.name)) for draft in seen]

    found = await here.read(read)
    return render(
        request,
        "content_review.html",
        waiting=[(draft, why) for draft, why in found if draft.state == IN_REVIEW],
        passed=[(draft, why) for draft, why in found if draft.state == APPROVED],
        title=lambda draft: draft.unit.title if draft.unit else draft.key.id,
        kind_name=kind_name,
        words=WORDS.entry,
        steps=here.settings.review_steps,
        may_review=not set(me.roles).isdisjoint(REVIEWERS),
        told=told(request),
    )


def _published(tx: Connection, keys: list[UnitKey]) -> dict[UnitKey, Any]:
    release = releases.current(tx)
    found = {key: releases.find(tx, release, key) for key in keys}
    return {key: stored.unit for key, stored in found.items() if stored is not None}


def _refusal(tx: Connection, draft: Draft, account: str) -> str:
    try:
        review.may_review(tx, draft, account)
    except Forbidden as error:
        return str(error)
    return ""


def _deed(act: str, told: str, deed: Deed, roles: tuple[str, ...]) -> Page:
    """The route of one thing that a form of a unit's page does."""

    async def work(request: Request, form: Form) -> Response:
        here, me, key = house(request), request.state.account, key_of(request)

        def write(tx: Connection) -> None:
            require_within(tx, key, department_of(me))
            deed(tx, key, me.name, form, here.now(), here.settings.review_steps)

        await here.write(write)
        gone = act == "drop" and await here.read(lambda tx: not releases.history(tx, key))
        return back(PART if gone else f"{PART}/units/{key.kind}/{quote(key.id, safe='')}", told)

    return route(f"{PART}/units/{{kind}}/{{id}}/{act}", posted(work), roles=roles, methods=("POST",))


def _read(form: Form) -> int | None:
    """The revision that the form was about; None: a removal."""
    text = form.get("revision", "")
    if text and row_number(text) is None:
        raise Unusable("no_act")
    return row_number(text)


def _submit(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    review.submit(tx, key, me, form.get("comment", ""), now)


def _withdraw(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    review.withdraw(tx, key, me, now)


def _remove(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    removing.propose(tx, key, frozenset(), me, now)  # the page has its button where there is no draft


def _drop(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    removing.drop(tx, key, frozenset([(key, _read(form))]), me, now)


def _remark(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    review.remark(tx, key, me, form.get("comment", ""), now)


def _approve(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    review.approve(tx, key, _read(form), me, form.get("comment", ""), now, steps)


def _reject(tx: Connection, key: UnitKey, me: str, form: Form, now: datetime, steps: int) -> None:
    review.reject(tx, key, _read(form), me, form.get("comment", ""), now)


ROUTES = [
    route(f"{PART}/review", page(queue), roles=(*REVIEWERS, "editor"), nav="审核发布", under=PART),
    _deed("submit", "submitted", _submit, EDITORS),
    _deed("withdraw", "withdrawn", _withdraw, EDITORS),
    _deed("remove", "removed", _remove, EDITORS),
    _deed("drop", "dropped", _drop, EDITORS),
    _deed("remark", "comment", _remark, (*REVIEWERS, "editor")),
    _deed("approve", "approved", _approve, REVIEWERS),
    _deed("reject", "rejected", _reject, REVIEWERS),
]
