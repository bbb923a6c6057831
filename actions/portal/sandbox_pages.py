"""/sandbox: what is on file, the codes that were sent, faults to order; for people and tests on this machine only."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.portal.sandbox_applications import Applications, Record, content
from actions.portal.sandbox_checks import Contract
from actions.portal.sandbox_codes import Codes
from actions.portal.sandbox_faults import KINDS, SECONDS, Fault, Faults
from foundation.clock import CHINA

FORM = "application/x-www-form-urlencoded"
NAMES = {"127.0.0.1", "localhost"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Pages of other sites are refused, also those whose own name leads to this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        origin = request.headers.get("Origin")
        named = [f"//{request.headers.get('Host', '')}", *([origin] if origin is not None else [])]
        if all(hostname(one) in NAMES for one in named):
            await self._app(scope, receive, send)
        else:
            await Response(status_code=403)(scope, receive, send)


def hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


class Pages:
    def __init__(self, applications: Applications, codes: Codes, faults: Faults, contract: Contract) -> None:
        self._applications, self._codes, self._faults, self._contract = applications, codes, faults, contract
        templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
        self._template = templates.get_template("sandbox.html")
        self._labels: dict[str, str] = content()["faults"]

    def routes(self) -> list[Route]:
        guard = [Middleware(Guard)]
        return [
            Route("/sandbox", self._page, methods=["GET"], middleware=guard),
            Route("/sandbox/applications", self._list_applications, methods=["GET"], middleware=guard),
            Route("/sandbox/applications/{number}", self._move, methods=["POST"], middleware=guard),
            Route("/sandbox/codes", self._list_codes, methods=["GET"], middleware=guard),
            Route("/sandbox/faults", self._list_faults, methods=["GET"], middleware=guard),
            Route("/sandbox/faults", self._order_fault, methods=["POST"], middleware=guard),
        ]

    async def _page(self, request: Request) -> Response:
        page = self._template.render(
            applications=self._applications.all(),
            codes=[{**asdict(one), "at": f"{one.at.astimezone(CHINA):%H:%M:%S}"} for one in reversed(self._codes.sent)],
            faults=self._faults.all(),
            labels=self._labels,
        )
        return HTMLResponse(page, headers=HEADERS)

    async def _list_applications(self, request: Request) -> Response:
        return JSONResponse([listed(record) for record in self._applications.all()], headers=HEADERS)

    async def _move(self, request: Request) -> Response:
        """{state, …}: fields of the contract, and `text` for the event."""
        step, record = await given(request), self._applications.find(request.path_params["number"])
        if record is None:
            return JSONResponse({"error": "no such application"}, 404)
        text = step.get("text", "…")
        told = {key: value for key, value in step.items() if key != "text"}
        sound = isinstance(text, str) and text and not {"number", "events", "watch_token"} & set(told)
        known = set(told) <= self._contract.fields
        if not (sound and known and self._contract.is_application({**record.told, "state": None, **told})):
            return JSONResponse({"error": "state, fields of the contract's Application, text"}, 400)
        moved = self._applications.move(record.number, step)
        assert moved is not None
        return JSONResponse(listed(moved), headers=HEADERS)

    async def _list_codes(self, request: Request) -> Response:
        return JSONResponse([{**asdict(one), "at": one.at.isoformat()} for one in self._codes.sent], headers=HEADERS)

    async def _list_faults(self, request: Request) -> Response:
        return JSONResponse([ordered(fault) for fault in self._faults.all()], headers=HEADERS)

    async def _order_fault(self, request: Request) -> Response:
        """{fault, seconds, times, operation}, also from a form of the page."""
        try:
            fault = self._fault(await given(request))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        self._faults.set(fault)
        if request.headers.get("Content-Type", "").startswith(FORM):
            return RedirectResponse("/sandbox", 303)
        return JSONResponse([ordered(one) for one in self._faults.all()], headers=HEADERS)

    def _fault(self, said: dict[str, Any]) -> Fault:
        kind, operation, times = said.get("fault"), said.get("operation"), said.get("times")
        if kind not in KINDS:
            raise ValueError(f"fault is one of {', '.join(KINDS)}")
        if operation is not None and operation not in self._contract.operations:
            raise ValueError(f"operation is one of {', '.join(self._contract.operations)}")
        if times is not None and (type(times) is not int or times < 1):
            raise ValueError("times is a whole number above 0, or absent")
        seconds = said.get("seconds")
        seconds = float(SECONDS.get(kind, 0) if seconds is None else seconds)
        if not -86400 <= seconds <= 86400:
            raise ValueError("seconds is a number up to 86400")
        return Fault(kind, seconds, times, operation)


async def given(request: Request) -> dict[str, Any]:
    """The request's JSON object or form; {} where it is neither."""
    if request.headers.get("Content-Type", "").startswith(FORM):
        return dict(await request.form())
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def listed(record: Record) -> dict[str, Any]:
    return {
        "number": record.number,
        "id_last4": record.id_last4,
        "phone": record.phone,
        "state": record.state,
        "item_name": record.told["item_name"],
        "business": record.business,
    }


def ordered(fault: Fault) -> dict[str, Any]:
    return {"fault": fault.kind, "seconds": fault.seconds, "times": fault.times, "operation": fault.operation}
