"""Setting up and removing the second factor of one's own sign-in."""

from __future__ import annotations

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.own_account import not_proven
from console.pages import WORDS, render, see_other
from console.routing import SIGNED_IN, route
from foundation import audit, staff, totp
from foundation.errors import AccountError
from foundation.totp import Enrolment


async def offer(request: Request) -> Response:
    """GET /account/second-factor: what the app needs; or, where it is set up, how to remove it."""
    return await _page(request)


async def confirm(request: Request) -> Response:
    """POST /account/second-factor: the code that the app shows; answered with recovery codes, once."""
    here, me, code = house(request), request.state.account, str((await request.form()).get("code", ""))
    now = here.now()

    def begin(tx: Connection) -> list[str] | None:
        codes = totp.confirm(tx, here.cipher, me.id, code, now)
        if codes is not None:
            audit.record(tx, me.name, "user.totp.add", me.name, None, now)
        return codes

    codes = await here.write(begin)
    if codes is None:
        return await _page(request, WORDS.say("second_factor.wrong"))
    return render(request, "recovery_codes.html", codes=codes)


async def remove(request: Request) -> Response:
    """POST /account/second-factor/remove: password."""
    here, me = house(request), request.state.account
    if wrong := await not_proven(request, str((await request.form()).get("password", ""))):
        return await _page(request, wrong)
    await here.write(lambda tx: staff.remove_second_factor(tx, me.name, me.name, here.now()))
    return see_other("/account")


async def _page(request: Request, said: str | None = None) -> Response:
    here, me = house(request), request.state.account

    def propose(tx: Connection) -> Enrolment | None:
        try:
            return totp.propose(tx, here.cipher, me, here.settings.office_name, here.now())
        except AccountError:
            return None

    enrolment = await here.write(propose)
    return render(request, "second_factor.html", 422 if said else 200, said=said, enrolment=enrolment)


ROUTES = [
    route("/account/second-factor", offer, roles=SIGNED_IN),
    route("/account/second-factor", confirm, roles=SIGNED_IN, methods=("POST",)),
    route("/account/second-factor/remove", remove, roles=SIGNED_IN, methods=("POST",)),
]
