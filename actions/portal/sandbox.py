"""A portal on this machine with made-up applications (sandbox.yml): the contract of openapi.yaml, and faults on demand.

`zhengwu serve` starts it where the settings name no other portal; never in production.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions.portal.sandbox_applications import Applications
from actions.portal.sandbox_checks import Contract, Door
from actions.portal.sandbox_codes import Codes, Spent, TooMany
from actions.portal.sandbox_faults import Fault, Faults
from actions.portal.sandbox_operations import Operations
from actions.portal.sandbox_pages import Pages
from actions.portal.sandbox_problems import Refused
from actions.portal.signing import sandbox_secret
from foundation.calendar import WorkCalendar
from foundation.clock import Clock, SystemClock
from foundation.errors import ConfigError
from foundation.settings import Settings

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
BIGGEST = 16 * 1024
"""Bytes of a request's body."""
START_SECONDS = 10.0


class Sandbox:
    """The portal's answers, from signature to body."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        secret = portal_secret(settings)
        self.clock = clock
        self.contract = Contract()
        self.applications = Applications(clock, WorkCalendar(settings.calendar_file))
        self.codes = Codes(clock)
        self.faults = Faults()
        self._door = Door(settings.portal_key_id, secret)
        self._operations = Operations(self.applications, self.codes, clock, secret)

    def routes(self) -> list[Route]:
        return [
            Route(path, self._answering(operation), methods=[method])
            for operation, (method, path) in self.contract.operations.items()
        ]

    def _answering(self, operation: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fault = self.faults.next(operation)
            await fault.wait()
            answer = fault.nonsense() or await self._answer(operation, request, fault)
            now = self.clock.now() + timedelta(seconds=fault.clock_ahead)
            answer.headers["Date"] = format_datetime(now, usegmt=True)
            return fault.slowed(answer)

        return endpoint

    async def _answer(self, operation: str, request: Request, fault: Fault) -> Response:
        try:
            body = await read(request)
            self._let_in(request, body, fault)
            found = self.contract.body(operation, request.headers, body)
            status, told = getattr(self._operations, operation)(found, request.headers.get("Authorization"))
            return JSONResponse(told, status)
        except Refused as refused:
            return refused.response()
        except TooMany as too_many:
            return Refused("too-many-attempts", too_many.retry_after).response()
        except Spent:
            return Refused("code-expired").response()

    def _let_in(self, request: Request, body: bytes, fault: Fault) -> None:
        target = request.scope["raw_path"].decode("latin-1")
        if query := request.scope["query_string"].decode("latin-1"):
            target = f"{target}?{query}"
        now = self.clock.now() + timedelta(seconds=fault.clock_ahead)
        other = "another secret" if fault.kind == "wrong_signature" else None
        self._door.check(request.method, target, request.headers, body, now, other)
        if fault.kind == "rate_limit":
            raise Refused("too-many-attempts", fault.seconds)
        if fault.kind == "503":
            raise Refused("unavailable", fault.seconds)
        if fault.kind == "token_expired":
            raise Refused("access-expired")


async def read(request: Request) -> bytes:
    """The body. Raises Refused when it is too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BIGGEST:
            raise Refused("invalid-request")
    return body


def portal_secret(settings: Settings) -> str:
    """What requests to the sandbox are signed with: ZHENGWU_PORTAL_SECRET, or the one that nobody has to set."""
    given = settings.portal_secret
    return given.get_secret_value() if given else sandbox_secret(settings)


def app(settings: Settings, clock: Clock) -> Starlette:
    """The sandbox as an ASGI application; its state lives as long as this object.

    Raises:
        ConfigError: in production, or without a key.
    """
    if settings.production:
        raise ConfigError(
            "the portal's sandbox holds made-up applications and does not run with ZHENGWU_ENV=production: "
            "name the portal in ZHENGWU_PORTAL_URL"
        )
    sandbox = Sandbox(settings, clock)

    async def no_such_thing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 400
        answer = Refused("invalid-request", status=status).response()
        answer.headers.update(getattr(error, "headers", None) or {})
        answer.headers["Date"] = format_datetime(clock.now(), usegmt=True)
        return answer

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    pages = Pages(sandbox.applications, sandbox.codes, sandbox.faults, sandbox.contract)
    return Starlette(
        routes=[*sandbox.routes(), *pages.routes()],
        exception_handlers={HTTPException: no_such_thing, ClientDisconnect: gone},
    )


@contextmanager
def background(settings: Settings, clock: Clock | None = None, port: int = 0) -> Iterator[str]:
    """Serve the sandbox from a thread and yield its address, `http://127.0.0.1:…`; any free port unless one is named.

    A client needs `portal_url` to be that address and `portal_secret` to be `portal_secret(settings)`.

    Raises:
        ConfigError: in production, or without a key.
    """
    with socket.create_server((LOOPBACK, port), backlog=128) as listening:
        config = uvicorn.Config(
            app(settings, clock or SystemClock()),
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="portal-sandbox", daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < deadline:
                time.sleep(0.005)
            if not server.started:
                raise RuntimeError("the portal's sandbox did not start")
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def serve(settings: Settings) -> None:
    """Serve on ZHENGWU_PORTAL_PORT until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: in production, or without a key.
    """
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        with suppress(ValueError):  # not in the main thread: whoever started us stops us
            signal.signal(sign, lambda *_: stopped.set())
    with background(settings, port=settings.portal_port) as address:
        log.info("the portal's sandbox is at %s", address)
        stopped.wait()
