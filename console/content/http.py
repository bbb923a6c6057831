"""What the addresses of units have in common: a key in the path, JSON from scripts, refusals in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.pages import render
from console.routing import Handler
from foundation.words import Words
from knowledge_base.editing.errors import EditingError, Forbidden, Missing, Unfit
from knowledge_base.model import GOVERNED, UnitKey
from knowledge_base.model.unit import ID

WORDS = Words(Path(__file__).with_name("editor.yml"))
Sent = dict[str, Any]


def key_of(request: Request) -> UnitKey:
    """The unit that an address names. Raises HTTPException 404: no unit can be called so."""
    kind, id = request.path_params["kind"], request.path_params.get("id", "x")
    if kind not in GOVERNED or not ID.fullmatch(id):
        raise HTTPException(404)
    return UnitKey(kind, id)


def page(work: Callable[[Request], Awaitable[Response]]) -> Handler:
    """A handler of a page; what editing refuses is told on a page."""

    async def handler(request: Request) -> Response:
        try:
            return await work(request)
        except EditingError as error:
            return render(request, "problem.html", status_of(error), title=WORDS.say("refused"), text=str(error))

    return handler


def act(work: Callable[[Request, Sent], Awaitable[dict[str, Any]]]) -> Handler:
    """A handler of what a page's script has sent; answers with JSON, refusals as `{"error", "reason"}`."""

    async def handler(request: Request) -> Response:
        try:
            return JSONResponse(await work(request, await _sent(request)))
        except EditingError as error:
            return JSONResponse({"error": str(error), "reason": error.key}, status_of(error))

    return handler


def status_of(error: EditingError) -> int:
    if isinstance(error, Missing):
        return 404
    return 403 if isinstance(error, Forbidden) else 422 if isinstance(error, Unfit) else 409


async def _sent(request: Request) -> Sent:
    try:
        found = json.loads(await request.body(), parse_constant=_no_number)
        found = _storable(found)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422) from error
    if not isinstance(found, dict):
        raise HTTPException(422)
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _storable(value: Any) -> Any:
    """The same without what no database keeps: NUL goes, halves of surrogate pairs become U+FFFD."""
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(value, str) else value
