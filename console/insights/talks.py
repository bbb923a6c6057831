"""What is behind the desk's figures: the masked questions of conversations, the comments of bad ratings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.insights import naming, narrowing
from console.insights.asked import Asked, asked
from console.insights.naming import entry, word
from console.insights.people import RATINGS, TALKS, part_of
from console.insights.questions import PAGE, number
from console.insights.roles import PART, READERS
from console.insights.tables import lasting
from console.pages import render
from console.routing import route
from desk import behind
from desk.hours import desk_hours
from desk.ratings import BAD, SCORES
from foundation import accounts
from foundation.clock import local_today

RATED: Mapping[str, Collection[int]] = {"all": SCORES, "bad": [score for score in SCORES if score <= BAD]}
MOST_ID = 2**63 - 1


async def talks(request: Request) -> Response:
    """GET /insights/talks?(the scope)&account=&left=1&rated=all|bad&score=&before=ID"""
    here, given = house(request), request.query_params
    wanted, kept = asked(given, local_today(here.clock)), kept_of(given)

    def read(tx: Connection) -> dict[str, Any]:
        found = behind.talks(
            tx,
            wanted.since,
            wanted.until,
            desk_hours(tx, here.settings),
            part_of(wanted),
            account=kept.get("account"),
            left="left" in kept,
            scores=scores_of(kept),
            before=number(given.get("before", ""), MOST_ID),
            most=PAGE + 1,
        )
        names = {one.name: one.display_name for one in accounts.everyone(tx)}
        return {"found": found, "names": names, "choices": narrowing.choices(tx, wanted)}

    held = await here.read(read)
    return _shown(request, TALKS, wanted, kept, held, described=in_words(kept, held["names"]))


async def ratings(request: Request) -> Response:
    """GET /insights/ratings?(the scope)&which=in_time|late|open|overdue&before=ID"""
    here, given = house(request), request.query_params
    wanted = asked(given, local_today(here.clock))
    kept = which_of(given)

    def read(tx: Connection) -> dict[str, Any]:
        before = number(given.get("before", ""), MOST_ID)
        part, which, now = part_of(wanted), kept.get("which", ""), here.now()
        days = (wanted.since, wanted.until)
        found = behind.complaints(tx, *days, now, part, which=which, before=before, most=PAGE + 1)
        return {"found": found, "names": {}, "choices": narrowing.choices(tx, wanted)}

    held = await here.read(read)
    return _shown(
        request, RATINGS, wanted, kept, held, described=[entry("which_ratings")[one] for one in kept.values()]
    )


def _shown(
    request: Request, page: str, wanted: Asked, kept: Mapping[str, str], held: Mapping[str, Any], described: list[str]
) -> Response:
    found = held["found"][:PAGE]
    return render(
        request,
        f"insights_{page.strip('/')}.html",
        asked=wanted,
        found=found,
        names=held["names"],
        choices=held["choices"],
        more=wanted.link(page, **kept, before=found[-1].id) if len(held["found"]) > PAGE else "",
        first=wanted.link(page, **kept) if "before" in request.query_params else "",
        kept=kept,
        described=described,
        path_here=f"{PART}{page}",
        file=lambda form: wanted.link("/file", page=page.strip("/"), form=form, **kept),
        masked=naming.masked,
        naming=naming,
        entry=entry,
        lasting=lasting,
    )


def which_of(given: Mapping[str, str]) -> dict[str, str]:
    """Which bad ratings, of those within the scope."""
    which = given.get("which", "")
    return {"which": which} if which in entry("which_ratings") else {}


def scores_of(kept: Mapping[str, str]) -> Collection[int]:
    """The scores that are wanted; none: rated or not."""
    score = number(kept.get("score", ""), max(SCORES))
    return [score] if score else RATED.get(kept.get("rated", ""), ())


def kept_of(given: Mapping[str, str]) -> dict[str, str]:
    """Which conversations, of those within the scope; what makes no sense is left out."""
    sensible = {
        "account": bool(given.get("account", "").isprintable()),
        "left": given.get("left") == "1",
        "rated": given.get("rated") in RATED,
        "score": number(given.get("score", ""), max(SCORES)) in SCORES,
    }
    return {name: given[name][:40] for name, fits in sensible.items() if given.get(name) and fits}


def in_words(kept: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """Which conversations these are, in words."""
    said = []
    if "account" in kept:
        said.append(word("which.account", name=names.get(kept["account"]) or kept["account"]))
    if "left" in kept:
        said.append(word("which.left"))
    if "rated" in kept:
        said.append(entry("which.rated")[kept["rated"]])
    if "score" in kept:
        said.append(word("which.score", score=entry("scores")[int(kept["score"])]))
    return said


ROUTES = [route(f"{PART}{TALKS}", talks, roles=READERS), route(f"{PART}{RATINGS}", ratings, roles=READERS)]
