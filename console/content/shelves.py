"""The published units in the console's process, kept up with the releases."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.content.http import key_of
from console.content.roles import READERS
from console.house import house
from console.routing import route
from knowledge_base.editing.shelf import Shelf, renewed

FOUND = 20
LONGEST = 100
_renewing = threading.Lock()


async def shelf(request: Request) -> Shelf:
    """The shelf of the newest release."""
    here, state = house(request), request.app.state

    def work(tx: Any) -> Shelf:
        with _renewing:
            state.shelf = renewed(tx, getattr(state, "shelf", Shelf()))
            found: Shelf = state.shelf
            return found

    return await here.read(work)


async def find(request: Request) -> Response:
    """GET /content/find/{kind}?text=: published units by title or id, for fields that name another unit."""
    kind, text = key_of(request).kind, request.query_params.get("text", "").strip()[:LONGEST]
    units = (await shelf(request)).named(kind, text) if text else iter(())
    return JSONResponse({"found": [{"id": unit.id, "title": unit.title} for unit in islice(units, FOUND)]})


ROUTES = [route("/content/find/{kind}", find, roles=READERS)]
