"""The masked questions behind a figure, and from each the way to the answer and its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.content import shelves
from console.house import house
from console.insights import naming
from console.insights.asked import asked, meant, spelled
from console.insights.naming import entry, word
from console.insights.narrowing import choices
from console.insights.roles import PART, READERS, opens_content
from console.insights.topics import title_of
from console.pages import render
from console.routing import route
from foundation.clock import local_today
from insights import figures

PAGE = 50
DECISIONS = ("answered", "options", "refused", "other")
MOST_ID = 2**63 - 1


async def page(request: Request) -> Response:
    """GET /insights/questions?(the scope)&hour=&unit=kind:id&aspect=&decision=&handover=1&bad=1&after=ID"""
    here, given = house(request), request.query_params
    wanted = asked(given, local_today(here.clock))
    which = which_of(given)
    after = number(given.get("after", ""), MOST_ID)
    shelf = await shelves.shelf(request)

    def read(tx: Connection) -> dict[str, Any]:
        found = figures.questions(tx, wanted.scope, **which, after=after, most=PAGE + 1)
        return {"found": found, "choices": choices(tx, wanted)}

    held = await here.read(read)
    found = held["found"][:PAGE]
    kept = as_address(which)
    return render(
        request,
        "insights_questions.html",
        asked=wanted,
        found=found,
        more=wanted.link("/questions", **kept, after=found[-1].id) if len(held["found"]) > PAGE else "",
        first=wanted.link("/questions", **kept) if after is not None else "",
        kept=kept,
        described=in_words(which, shelf),
        title_of=lambda key: title_of(shelf, key),
        published=lambda key: shelf.get(*key) is not None,
        masked=naming.masked,
        naming=naming,
        entry=entry,
        opens=opens_content(request.state.account),
        choices=held["choices"],
        path_here=f"{PART}/questions",
        file=lambda form: wanted.link("/file", page="questions", form=form, **kept),
    )


def which_of(given: Mapping[str, str]) -> dict[str, Any]:
    """Which questions, of those within the scope; what makes no sense is left out."""
    kind, _, id = (meant(given.get("unit", "")) or "").partition(":")
    decision = given.get("decision", "")
    which = {
        "hour": number(given.get("hour", ""), 23),
        "unit": (kind, id) if kind and id else None,
        "aspect": meant(given.get("aspect", "")),
        "decision": decision if decision in DECISIONS else None,
        "handover": True if given.get("handover") == "1" else None,
        "bad": True if given.get("bad") == "1" else None,
    }
    return {name: value for name, value in which.items() if value is not None}


def as_address(which: Mapping[str, Any]) -> dict[str, str]:
    """The same as an address has it."""
    ways: dict[str, Callable[[Any], str]] = {"unit": ":".join, "aspect": spelled, "hour": str, "decision": str}
    return {name: ways[name](value) if name in ways else "1" for name, value in which.items()}


def in_words(which: Mapping[str, Any], shelf: Any) -> list[str]:
    """Which questions these are, in words."""
    said = []
    if "hour" in which:
        said.append(word("which.hour", hour=f"{which['hour']:02}", next=f"{which['hour'] + 1:02}"))
    if "unit" in which:
        said.append(title_of(shelf, which["unit"]))
    if "aspect" in which:
        said.append(naming.aspect(which["aspect"]))
    if "decision" in which:
        said.append(word(f"columns.{which['decision']}"))
    return [*said, *(word(f"which.{name}") for name in ("handover", "bad") if name in which)]


def number(text: str, most: int) -> int | None:
    """A parameter of an address; None where it is no number, or too large a one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most else None


ROUTES = [route(f"{PART}/questions", page, roles=READERS)]
