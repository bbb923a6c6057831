"""The editor of a unit: its page, and how a new unit is begun."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from channels import web
from console.content import forms, shelves
from console.content.http import WORDS, key_of, page
from console.content.roles import EDITORS, department_of
from console.house import house
from console.pages import render, see_other
from console.routing import route
from foundation import accounts
from foundation.accounts import Account
from foundation.clock import local_today
from foundation.errors import AccountError
from foundation.words import Words
from knowledge_base.answering.phrases import aspect_name
from knowledge_base.editing import working
from knowledge_base.editing.errors import Missing
from knowledge_base.editing.faults import checked
from knowledge_base.editing.scope import require_within
from knowledge_base.editing.shelf import Shelf
from knowledge_base.findings import references
from knowledge_base.model import KINDS, Unit, UnitKey
from knowledge_base.model.unit import ID
from knowledge_base.regions import open_regions
from knowledge_base.store import drafts
from knowledge_base.store.codec import dump
from knowledge_base.store.drafts import IN_REVIEW
from knowledge_base.store.revisions import read as revisions

AT_IT = timedelta(minutes=15)
"""Whoever has typed within this time is told to be at the same unit."""
TITLED = {"faq": "question", "synonym": "term"}
"""The field that is a unit's title, where it is not its name."""
LONGEST_TITLE = 200
CARD = Words(Path(web.__file__).with_name("page.yml"))
"""The web chat's words: the preview shows its card."""


async def edit(request: Request) -> Response:
    """GET /content/units/{kind}/{id}/edit"""
    here, me, key = house(request), request.state.account, key_of(request)
    shelf = await shelves.shelf(request)
    facts, in_review = await here.read(lambda tx: _facts(tx, key, me, shelf, here.now() - AT_IT))
    facts["today"] = local_today(here.clock).isoformat()
    card = CARD.entry("card")
    title = str(facts["body"].get(TITLED.get(key.kind, "name")) or key.id)
    shown = {"facts": facts, "title": title, "key": key, "in_review": in_review, "card_words": card}
    return render(request, "content_editor.html", **shown)


async def new(request: Request) -> Response:
    """GET, POST /content/new/{kind}: title, id; a working copy of one's own, and on to its editor."""
    here, me, key = house(request), request.state.account, key_of(request)
    said, problem = {"title": "", "id": ""}, ""
    if request.method == "POST":
        fields = await request.form()
        said = {name: str(fields.get(name) or "").replace("\x00", "").strip()[:LONGEST_TITLE] for name in said}
        key = UnitKey(key.kind, said["id"] or _id(key.kind, said["title"], here.now().isoformat()))
        problem = "no_title" if not said["title"] else "" if _usable(key.id) else "bad_id"
        if not problem:
            problem = await here.write(lambda tx: _begin(tx, key, said["title"], me, here.now()))
        if not problem:
            return see_other(f"/content/units/{key.kind}/{quote(key.id, safe='')}/edit")
    kind = {"kind": key.kind, "kind_title": forms.title(key.kind)}
    told = {"said": said, "problem": problem and WORDS.say(problem)}
    return render(request, "content_new.html", 422 if problem else 200, **kind, **told)


def _begin(tx: Connection, key: UnitKey, title: str, me: Account, now: Any) -> str:
    """Why not, as a name of editor.yml; empty where it was done."""
    if working.standing(tx, key) is not None or drafts.draft(tx, key) is not None:
        return "taken"
    if working.read(tx, key, me.name) is None:
        body = {TITLED.get(key.kind, "name"): title, "owner": {"person": me.display_name}}
        if me.department:
            body |= {"department": me.department, "owner": {"person": me.display_name, "department": me.department}}
        working.autosave(tx, key, me.name, body, None, 0, now)
    return ""


def _facts(tx: Connection, key: UnitKey, me: Account, shelf: Shelf, since: Any) -> tuple[dict[str, Any], bool]:
    """What the page's script begins with, and whether the draft is under review."""
    require_within(tx, key, department_of(me))
    base, mine = working.standing(tx, key), working.read(tx, key, me.name)
    if base is None and mine is None:
        raise Missing("unknown")
    stands = working.begin(tx, key) if base is not None else {}
    began = stands if mine is None or mine.base == base else _body_of(tx, mine.base)
    draft = drafts.draft(tx, key)
    body = mine.body if mine else stands
    facts = {
        "me": me.name,
        "kind": key.kind,
        "id": key.id,
        "answers": key.kind in KINDS,
        "form": forms.form(key.kind),
        "lists": {**forms.lists(), "departments": _departments(me, shelf), "themes": shelf.themes},
        "aspects": [[name, aspect_name(name)] for name in forms.form(key.kind)["aspects"]],
        "regions": sorted(open_regions().names.items()),
        "body": body,
        "began": began,
        "base": mine.base if mine and base is not None else base,
        "version": mine.version if mine else 0,
        "kept_at": mine.updated_at.isoformat() if mine and base is not None else None,
        "stands": standing(tx, key) if mine and mine.base != base else None,
        "others": others(tx, key, me, since),
        "titles": _titles(checked(key, body), shelf),
    }
    return facts, draft is not None and draft.state == IN_REVIEW


def standing(tx: Connection, key: UnitKey) -> dict[str, Any] | None:
    """What stands by now, `{"body", "base", "who"}` with the name of whoever saved it last; None: it was removed."""
    base, draft = working.standing(tx, key), drafts.draft(tx, key)
    if base is None:
        return None
    who = _called(tx, draft.account) if draft else None
    return {"body": working.begin(tx, key), "base": base, "who": who}


def others(tx: Connection, key: UnitKey, me: Account, since: Any) -> list[dict[str, str]]:
    """Who else is at the unit: `{"name", "at"}`, the latest first."""
    found = working.others(tx, key, me.name, since)
    return [{"name": _called(tx, one.account), "at": one.updated_at.isoformat()} for one in found]


def _called(tx: Connection, account: str) -> str:
    try:
        return accounts.get(tx, account).display_name
    except AccountError:  # a draft may come from elsewhere
        return account


def _body_of(tx: Connection, revision: int | None) -> dict[str, Any]:
    return dump(revisions(tx, [revision])[0].unit) if revision is not None else {}


def _departments(me: Account, shelf: Shelf) -> list[str]:
    own = department_of(me)
    return shelf.departments if own is None else [own]


def _titles(unit: Unit | list[Any], shelf: Shelf) -> dict[str, str]:
    """Titles of the units that a unit names, by `kind:id`."""
    named = [key for _, key in references(unit)] if isinstance(unit, Unit) else []
    return {str(key): found.title for key in named if (found := shelf.units.get(key))}


def _id(kind: str, title: str, now: str) -> str:
    return f"{kind}-{hashlib.blake2b(f'{title}{now}'.encode(errors='replace'), digest_size=6).hexdigest()}"


def _usable(id: str) -> bool:
    """An id that an address can name: browsers take `..` for the folder above."""
    return bool(ID.fullmatch(id)) and id.strip(".") != ""


ROUTES = [
    route("/content/new/{kind}", page(new), roles=EDITORS, methods=("GET", "POST")),
    route("/content/units/{kind}/{id}/edit", page(edit), roles=EDITORS),
]
