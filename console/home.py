"""The start page, by role; and whether the console is there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.pages import render
from console.routing import PUBLIC, SIGNED_IN, route


async def start(request: Request) -> Response:
    """GET /"""
    return render(request, "home.html")


async def health(request: Request) -> Response:
    """GET /health"""
    return JSONResponse({"status": "ok"})


async def whoami(request: Request) -> Response:
    """GET /whoami: for a script that has lost its connection, and asks whether it is still signed in."""
    return JSONResponse({"account": request.state.account.name})


async def present(request: Request) -> Response:
    """POST /present: somebody moves the mouse or types, so the session is not idle."""
    return Response(status_code=204)


ROUTES = [
    route("/", start, roles=SIGNED_IN),
    route("/health", health, roles=PUBLIC),
    route("/whoami", whoami, roles=SIGNED_IN),
    route("/present", present, roles=SIGNED_IN, methods=("POST",)),
]
