"""The published content for the office's other systems: read only, behind a token, described by api.yml.

Without ZHENGWU_API_TOKEN none of it is there.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.house import house
from console.pages import WORDS, render
from console.routing import PUBLIC, Handler, route
from foundation.words import Words
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.model.unit import ID
from knowledge_base.regions import CODE
from knowledge_base.store import catalogue
from knowledge_base.store.catalogue import Issue, Published, Wanted
from knowledge_base.store.releases import current

HERE = "/api/v1"
CONTRACT = Words(Path(__file__).with_name("api.yml"))
USUAL, MOST = 50, 200
LARGEST_NUMBER = 2**31 - 1
WITHHELD = ("owner",)
"""Who of the office looks after a unit is nobody else's business."""
Read = Callable[[Connection, int], "dict[str, Any] | None"]
"""What to answer from a release; None: there is nothing of that."""


class Unfit(Exception):
    """A parameter says nothing that can be asked for; its name."""


def _open(work: Callable[[Request], Awaitable[Response]]) -> Handler:
    """A handler that is there only where the office has opened the interface."""

    async def handler(request: Request) -> Response:
        if house(request).settings.api_token is None:
            raise HTTPException(404)
        request.state.given = None  # no cookie: nobody signs in here
        return await work(request)

    return handler


def _answer(reads: Callable[[Request], Read]) -> Handler:
    """A handler for whoever has the token; answers 304 while the release is the one that they know."""

    async def handler(request: Request) -> Response:
        if not _has_token(request):
            return _problem("token", 401, {"WWW-Authenticate": "Bearer"})
        try:
            read = reads(request)
        except Unfit as error:
            return _problem("unfit", 400, name=str(error))
        known = {mark.strip().removeprefix("W/") for mark in request.headers.get("if-none-match", "").split(",")}

        def work(tx: Connection) -> tuple[int, dict[str, Any] | None]:
            release = current(tx)
            return release, None if _mark(release) in known else read(tx, release)

        release, found = await house(request).read(work)
        kept = {"ETag": _mark(release), "Cache-Control": "private, no-cache"}
        if _mark(release) in known:
            return Response(status_code=304, headers=kept)
        if found is None:
            return _problem("unknown", 404)
        return JSONResponse({"release": release, **found}, headers=kept)

    return _open(handler)


def _units(request: Request) -> Read:
    """GET /api/v1/units?kind=&department=&region=&after=&limit="""
    asked = _asked(request, "kind", "department", "region", "after", "limit")
    kind, department, region = (asked.get(name) for name in ("kind", "department", "region"))
    if kind is not None and kind not in KINDS:
        raise Unfit("kind")
    if department is not None and not (0 < len(department) <= 100 and department.isprintable()):
        raise Unfit("department")
    if region is not None and not CODE.fullmatch(region):
        raise Unfit("region")
    wanted = Wanted(kind, department, region, _after(request))
    limit = _number(request, "limit", MOST) or USUAL

    def read(tx: Connection, release: int) -> dict[str, Any]:
        found = catalogue.page(tx, wanted, limit + 1)
        more = {"after": str(found[limit - 1].key)} if len(found) > limit else None
        return {"units": [_shown(one) for one in found[:limit]], "next": _next(request, more)}

    return read


def _unit(request: Request) -> Read:
    """GET /api/v1/units/{kind}/{id}"""
    _asked(request)
    key = UnitKey(request.path_params["kind"], request.path_params["id"])

    def read(tx: Connection, release: int) -> dict[str, Any] | None:
        found = catalogue.unit(tx, key) if ID.fullmatch(key.id) and key.kind in KINDS else None
        return None if found is None else {"unit": _shown(found)}

    return read


def _releases(request: Request) -> Read:
    """GET /api/v1/releases?before=&limit="""
    _asked(request, "before", "limit")
    before, limit = _number(request, "before", LARGEST_NUMBER), _number(request, "limit", MOST) or USUAL

    def read(tx: Connection, release: int) -> dict[str, Any]:
        found = catalogue.issues(tx, before, limit + 1)
        more = {"before": str(found[limit - 1].number)} if len(found) > limit else None
        return {"releases": [_told(one) for one in found[:limit]], "next": _next(request, more)}

    return read


async def contract(request: Request) -> Response:
    """GET /api/v1/openapi.json"""
    return JSONResponse(CONTRACT.content)


async def described(request: Request) -> Response:
    """GET /api/v1: the same for people"""
    return render(request, "api.html", contract=CONTRACT.content, here=HERE)


def _has_token(request: Request) -> bool:
    token = house(request).settings.api_token
    way, _, given = request.headers.get("authorization", "").partition(" ")
    assert token is not None
    return way.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.get_secret_value().encode())


def _mark(release: int) -> str:
    return f'"r{release}"'


def _asked(request: Request, *names: str) -> Mapping[str, str]:
    """The parameters. One of another name would be passed over, and more be told than was asked for: departement=…"""
    for name in request.query_params:
        if name not in names:
            raise Unfit(name[:40])
    return request.query_params


def _after(request: Request) -> UnitKey | None:
    text = request.query_params.get("after")
    if text is None:
        return None
    kind, _, unit_id = text.partition(":")
    if kind not in KINDS or not ID.fullmatch(unit_id):
        raise Unfit("after")
    return UnitKey(kind, unit_id)


def _number(request: Request, name: str, largest: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= largest):
        raise Unfit(name)
    return int(text)


def _next(request: Request, more: dict[str, str] | None) -> str | None:
    return None if more is None else f"{request.url.path}?{urlencode({**request.query_params, **more})}"


def _shown(one: Published) -> dict[str, Any]:
    title = one.body.get("question") or one.body.get("name")
    body = {name: value for name, value in one.body.items() if name not in WITHHELD}
    return {**body, "title": title, "since_release": one.since}


def _told(one: Issue) -> dict[str, Any]:
    counts = {name: one.detail.get(name, 0) for name in ("added", "changed", "removed")}
    return {"number": one.number, "created_at": one.created_at.isoformat(), "note": one.note, **counts}


def _problem(said: str, status: int, headers: dict[str, str] | None = None, **values: str) -> Response:
    return JSONResponse({"error": WORDS.say(f"api.{said}", **values)}, status, headers)


ROUTES = [
    route(HERE, _open(described), roles=PUBLIC),
    route(f"{HERE}/openapi.json", _open(contract), roles=PUBLIC),
    route(f"{HERE}/units", _answer(_units), roles=PUBLIC),
    route(f"{HERE}/units/{{kind}}/{{id}}", _answer(_unit), roles=PUBLIC),
    route(f"{HERE}/releases", _answer(_releases), roles=PUBLIC),
]
