"""Signing in with a password and, where one is set up, a code; and signing out."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console import cookies, door
from console.door import Try, Visitor
from console.house import house
from console.onward import safe, with_next
from console.pages import WORDS, render, see_other
from console.routing import PUBLIC, UNFINISHED, route
from foundation import accounts, audit, sessions
from foundation.accounts import Account
from foundation.errors import AccountError
from foundation.sessions import SECOND_FACTOR, Session


async def ask(request: Request) -> Response:
    """GET /sign-in?next=PATH"""
    onward = safe(request.query_params.get("next"))
    if request.state.account is not None:
        return see_other(onward)
    return _page(request, "", onward)


async def enter(request: Request) -> Response:
    """POST /sign-in: name, password, next."""
    here, form, visitor, now = house(request), await request.form(), Visitor.of(request), house(request).now()
    name, password, onward = str(form.get("name", "")), str(form.get("password", "")), safe(form.get("next"))
    tried = await here.write(lambda tx: door.knock(tx, here.cipher, name, visitor.address, now))
    if tried.wait_until is not None:
        return _page(request, name, onward, 429, door.wait(tried, now))
    account = await here.verified(name.strip(), password)
    if account is None:
        await here.write(lambda tx: door.refuse(tx, name, visitor, "password", now))
        return _page(request, name, onward, 403, WORDS.say("sign_in.wrong"))
    return await let_in(request, account, sessions.PASSWORD, onward, tried)


async def ask_code(request: Request) -> Response:
    """GET /sign-in/code"""
    if _half_way(request) is None:
        return see_other("/sign-in")
    return render(request, "sign_in_code.html", said=None, onward=safe(request.query_params.get("next")))


async def enter_code(request: Request) -> Response:
    """POST /sign-in/code: code, next."""
    here, form, visitor, now = house(request), await request.form(), Visitor.of(request), house(request).now()
    session, code, onward = _half_way(request), str(form.get("code", ""))[:40], safe(form.get("next"))
    if session is None:
        return see_other("/sign-in")
    tried = await here.write(lambda tx: door.knock_with_code(tx, session.account_id, now))
    if tried.wait_until is not None:
        return render(request, "sign_in_code.html", 429, said=door.wait(tried, now), onward=onward)

    def check(tx: Connection) -> str | None:
        token = door.enter_with_code(tx, here, session, code, now)
        if token is None:
            door.refuse(tx, accounts.by_id(tx, session.account_id).name, visitor, "code", now)
        else:
            door.give_back(tx, tried)
        return token

    try:
        token = await here.write(check)
    except AccountError:
        return see_other("/sign-in")
    if token is None:
        return render(request, "sign_in_code.html", 403, said=WORDS.say("sign_in.wrong_code"), onward=onward)
    return _with(request, see_other(onward), token)


async def leave(request: Request) -> Response:
    """POST /sign-out"""
    here, account, session = house(request), request.state.account, request.state.session

    def end(tx: Connection) -> None:
        sessions.end(tx, session.id)
        audit.record(tx, account.name, "session.end", account.name, None, here.now())

    await here.write(end)
    return _with(request, see_other("/sign-in"), cookies.fresh())


async def let_in(request: Request, account: Account, way: str, onward: str, tried: Try | None = None) -> Response:
    """Open a session for somebody who has shown who they are, and go on; to the second factor, if there is one."""
    here, visitor, now = house(request), Visitor.of(request), house(request).now()

    def begin(tx: Connection) -> tuple[str, bool]:
        if tried is not None:
            door.give_back(tx, tried)
        return door.enter(tx, here, account, visitor, request.state.session, way, now)

    token, more = await here.write(begin)
    return _with(request, see_other(with_next("/sign-in/code", onward) if more else onward), token)


def _page(request: Request, name: str, onward: str, status: int = 200, said: str | None = None) -> Response:
    sso = with_next("/sign-in/sso", onward) if request.app.state.single_sign_on is not None else None
    return render(request, "sign_in.html", status, said=said, name=name, onward=onward, sso=sso)


def _half_way(request: Request) -> Session | None:
    session: Session | None = request.state.session
    return session if session is not None and session.stage == SECOND_FACTOR else None


def _with(request: Request, answer: Response, token: str) -> Response:
    request.state.given = None
    cookies.give(request, answer, token)
    return answer


ROUTES = [
    route("/sign-in", ask, roles=PUBLIC),
    route("/sign-in", enter, roles=PUBLIC, methods=("POST",)),
    route("/sign-in/code", ask_code, roles=PUBLIC),
    route("/sign-in/code", enter_code, roles=PUBLIC, methods=("POST",)),
    route("/sign-out", leave, roles=UNFINISHED, methods=("POST",)),
]
