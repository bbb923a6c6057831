"""One's own account: who one is here, the password, and where one is signed in."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console import cookies, door
from console.door import Visitor
from console.house import house
from console.pages import WORDS, render, see_other
from console.routing import SIGNED_IN, UNFINISHED, route
from foundation import audit, sessions, staff, totp
from foundation.errors import AccountError


async def overview(request: Request) -> Response:
    """GET /account"""
    here, me, now = house(request), request.state.account, house(request).now()
    mine = await here.read(lambda tx: sessions.of_account(tx, me.id, now, here.idle))
    left = await here.read(lambda tx: totp.enrolled(tx, me.id))
    return render(request, "own_account.html", sessions=mine, current=request.state.session.id, recovery_left=left)


async def ask_password(request: Request) -> Response:
    """GET /account/password"""
    return _password_page(request)


async def change_password(request: Request) -> Response:
    """POST /account/password: old, new, again."""
    here, me, form = house(request), request.state.account, await request.form()
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    now, session = here.now(), request.state.session
    if new != again or new == old:
        return _password_page(request, WORDS.say("password.again" if new != again else "password.same"))
    if wrong := await not_proven(request, old):
        return _password_page(request, wrong)

    def change(tx: Connection) -> str:
        if not sessions.end(tx, session.id):
            raise AccountError("the session was ended meanwhile: sign in again", "ended")
        staff.change_password(tx, me, new, now)
        same = {"way": session.way, "browser": session.browser, "address": session.address}
        return sessions.begin(tx, me.id, now, session.expires_at - now, **same)

    try:
        token = await here.write(change)
    except AccountError as error:
        return _password_page(request, WORDS.say(f"accounts.{error.reason}"))
    answer = see_other("/" if request.state.must_change else "/account")
    cookies.give(request, answer, token)
    return answer


async def end_others(request: Request) -> Response:
    """POST /account/sessions: sign out everywhere else."""
    here, me, session = house(request), request.state.account, request.state.session

    def end(tx: Connection) -> None:
        ended = sessions.end_all(tx, me.id, but=session.id)
        audit.record(tx, me.name, "user.signout", me.name, {"sessions": ended}, here.now())

    await here.write(end)
    return see_other("/account")


async def not_proven(request: Request, password: str) -> str | None:
    """The sentence that refuses whoever sits at a signed-in screen and does not know the account's own password."""
    here, me, visitor, now = house(request), request.state.account, Visitor.of(request), house(request).now()
    tried = await here.write(lambda tx: door.knock(tx, here.cipher, me.name, visitor.address, now))
    if tried.wait_until is not None:
        return door.wait(tried, now)
    if await here.verified(me.name, password) is None:
        await here.write(lambda tx: door.refuse(tx, me.name, visitor, "password", now))
        return WORDS.say("password.old")
    await here.write(lambda tx: door.give_back(tx, tried))
    return None


def _password_page(request: Request, said: str | None = None) -> Response:
    return render(request, "own_password.html", 422 if said else 200, said=said, first=request.state.must_change)


ROUTES = [
    route("/account", overview, roles=SIGNED_IN),
    route("/account/password", ask_password, roles=UNFINISHED),
    route("/account/password", change_password, roles=UNFINISHED, methods=("POST",)),
    route("/account/sessions", end_others, roles=SIGNED_IN, methods=("POST",)),
]
