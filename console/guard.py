"""Before every page: who is it, may they, and was it their own doing. Nothing behind it is reached otherwise."""

from __future__ import annotations

import hmac
import logging
from urllib.parse import urlsplit

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from console import cookies
from console.house import House, house
from console.onward import with_next
from console.routing import PUBLIC, SIGNED_IN, UNFINISHED, Page
from foundation import accounts, sessions
from foundation.accounts import Account
from foundation.sessions import Session

log = logging.getLogger(__name__)

SAFE = {"GET", "HEAD"}
CHANGE_PASSWORD = "/account/password"
LARGEST_ID = 2**63 - 1
NOT_ALLOWED = 1008
"""Close code of RFC 6455."""
BACKGROUND = "x-background"
"""A request header: the page asked by itself, and nobody may be sitting before it."""


class Guard:
    """A page as an ASGI application."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await self._socket(WebSocket(scope, receive, send))
        request = Request(scope, receive, send)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        await identify(request)
        refusal = self._refusal(request)  # first: nobody may send us what they have no business with
        if refusal is not None:
            return refusal
        if request.method not in SAFE:
            await require_own(request)
        if any(isinstance(value, int) and value > LARGEST_ID for value in request.path_params.values()):
            raise HTTPException(404)  # no row has such a number, and SQLite cannot even be asked for it
        response = await self.page.handler(request)
        if request.state.given is not None:
            cookies.give(request, response, request.state.given)
        return response

    def _refusal(self, request: Request) -> Response | None:
        """None for whoever may; otherwise the way to the sign-in. Raises HTTPException for whoever may not."""
        roles, account = self.page.roles, request.state.account
        if PUBLIC in roles:
            return None
        if account is None:
            if wants_json(request) or request.method not in SAFE:
                raise HTTPException(401)
            return RedirectResponse(with_next("/sign-in", _here(request)), 303)
        if UNFINISHED in roles:
            return None
        if request.state.must_change:
            if wants_json(request):
                raise HTTPException(403)
            return RedirectResponse(CHANGE_PASSWORD, 303)
        if SIGNED_IN not in roles and roles.isdisjoint(account.roles):
            raise HTTPException(403)
        return None

    async def _socket(self, websocket: WebSocket) -> None:
        await identify(websocket)
        account, roles = websocket.state.account, self.page.roles
        if (
            not same_origin(websocket)
            or account is None
            or websocket.state.must_change
            or (SIGNED_IN not in roles and roles.isdisjoint(account.roles))
        ):
            return await websocket.close(NOT_ALLOWED)  # before accepting: the browser gets an HTTP 403
        await self.page.handler(websocket)


async def identify(connection: HTTPConnection) -> None:
    """Note in `state`: account, session, must_change; token and form key; `given`, a token to put into the cookie."""
    here, state = house(connection), connection.state
    state.token = cookies.read(connection)
    state.account, state.session, state.must_change = None, None, False
    if state.token is not None:
        present = BACKGROUND not in connection.headers
        state.account, state.session, state.must_change = await _known(here, state.token, present)
    if state.account is None and state.session is not None and state.session.stage == sessions.OPEN:
        state.session = None
    state.given = None
    if state.token is None:
        state.token = state.given = cookies.fresh()
    state.form_key = cookies.form_key(here.cipher, state.token)


async def _known(here: House, token: str, present: bool) -> tuple[Account | None, Session | None, bool]:
    now = here.now()

    def look(tx: Connection) -> tuple[Account | None, Session | None, bool]:
        session = sessions.find(tx, token, now, here.idle)
        if session is None or session.stage != sessions.OPEN:
            return None, session, False
        by_password = session.way == sessions.PASSWORD
        must_change = by_password and accounts.must_change_password(tx, session.account_id)
        return accounts.by_id(tx, session.account_id), session, must_change

    account, session, must_change = await here.read(look)
    if session is not None and present and abs(now - session.seen_at) >= sessions.TOUCH:
        await here.write(lambda tx: sessions.touch(tx, session, now))
    return account, session, must_change


async def require_own(request: Request) -> None:
    """Raise HTTPException 403 unless one of our own pages sent this."""
    key = request.headers.get("x-csrf-token")
    if key is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get("csrf")
        key = field if isinstance(field, str) else None
    expected: str = request.state.form_key
    if not same_origin(request) or key is None or not hmac.compare_digest(key.encode(), expected.encode()):
        log.warning("a form was refused that none of our pages sent", extra={"path": request.scope["path"]})
        # Without a cookie it may be ours after all: the browser keeps none that an unencrypted address gave it.
        raise HTTPException(403, "foreign" if request.state.given is None else "no_cookie")


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a page of ours made the browser send this; browsers say so with all that changes something."""
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.scope["type"] == "http"
    try:
        return urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:  # http://[
        return False


def wants_json(request: Request) -> bool:
    """Whether a script asked, which can make nothing of a page."""
    return request.headers.get("accept", "").startswith("application/json")


def _here(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
