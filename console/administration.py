"""Accounts of the staff: who there is, who may do what, and helping those who cannot get in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.pages import WORDS, render, see_other
from console.routing import route
from foundation import accounts, sessions, staff, totp
from foundation.accounts import OPERATOR, ROLES, Account
from foundation.errors import AccountError

ADMIN = ("admin",)
NEW: dict[str, Any] = {"name": "", "display_name": "", "department": "", "roles": ()}


async def everyone(request: Request) -> Response:
    """GET /accounts"""
    people = await house(request).read(accounts.everyone)
    return render(request, "accounts.html", people=[one for one in people if one.name != OPERATOR])


async def ask_new(request: Request) -> Response:
    """GET /accounts/new"""
    return render(request, "account_new.html", given=NEW, said=None)


async def add(request: Request) -> Response:
    """POST /accounts/new: name, display_name, department, role…; answered with a one-time password."""
    here, me, given = house(request), request.state.account, await _given(request)

    def make(tx: Connection) -> tuple[Account, str]:
        added = staff.add(tx, me.name, given["name"], None, given["roles"], here.now(), *_described(given))
        return added, staff.reset_password(tx, me.name, added.name, here.now())

    try:
        added, password = await here.write(make)
    except AccountError as error:
        return render(request, "account_new.html", 422, given=given, said=WORDS.say(f"accounts.{error.reason}"))
    return render(request, "one_time_password.html", person=added, password=password)


async def one(request: Request) -> Response:
    """GET /accounts/ID"""
    return await _page(request, await _person(request))


async def change(request: Request) -> Response:
    """POST /accounts/ID: display_name, department, role…"""
    here, me, person, given = house(request), request.state.account, await _person(request), await _given(request)
    roles, described = given["roles"], _described(given)
    try:
        await here.write(lambda tx: staff.change(tx, me.name, person.name, roles, *described, here.now()))
    except AccountError as error:
        return await _page(request, person, WORDS.say(f"accounts.{error.reason}"))
    return see_other("/accounts")


async def reset_password(request: Request) -> Response:
    """POST /accounts/ID/password: answered with a one-time password."""
    here, me, person = house(request), request.state.account, await _person(request)
    password = await here.write(lambda tx: staff.reset_password(tx, me.name, person.name, here.now()))
    return render(request, "one_time_password.html", person=person, password=password)


async def disable(request: Request) -> Response:
    """POST /accounts/ID/disable"""
    here, me, person = house(request), request.state.account, await _person(request)
    try:
        await here.write(lambda tx: staff.disable(tx, me.name, person.name, here.now()))
    except AccountError as error:
        return await _page(request, person, WORDS.say(f"accounts.{error.reason}"))
    return see_other(f"/accounts/{person.id}")


async def enable(request: Request) -> Response:
    """POST /accounts/ID/enable"""
    here, me, person = house(request), request.state.account, await _person(request)
    await here.write(lambda tx: staff.enable(tx, me.name, person.name, here.now()))
    return see_other(f"/accounts/{person.id}")


async def sign_out(request: Request) -> Response:
    """POST /accounts/ID/sign-out: end all their sessions."""
    here, me, person = house(request), request.state.account, await _person(request)
    await here.write(lambda tx: staff.sign_out(tx, me.name, person.name, here.now()))
    return see_other(f"/accounts/{person.id}")


async def remove_second_factor(request: Request) -> Response:
    """POST /accounts/ID/second-factor: their phone is lost."""
    here, me, person = house(request), request.state.account, await _person(request)
    await here.write(lambda tx: staff.remove_second_factor(tx, me.name, person.name, here.now()))
    return see_other(f"/accounts/{person.id}")


async def _person(request: Request) -> Account:
    """The account of the path. Raises HTTPException 404: there is none that a page could change."""
    number: int = request.path_params["id"]
    try:
        person = await house(request).read(lambda tx: accounts.by_id(tx, number))
    except AccountError:
        raise HTTPException(404) from None
    if person.name == OPERATOR:
        raise HTTPException(404)
    return person


async def _page(request: Request, person: Account, said: str | None = None) -> Response:
    here, now = house(request), house(request).now()

    def look(tx: Connection) -> dict[str, Any]:
        return {
            "open": len(sessions.of_account(tx, person.id, now, here.idle)),
            "enrolled": totp.enrolled(tx, person.id) is not None,
            "must_change": accounts.must_change_password(tx, person.id),
        }

    found = await here.read(look)
    return render(request, "account.html", 422 if said else 200, person=person, said=said, **found)


async def _given(request: Request) -> dict[str, Any]:
    form = await request.form()
    texts = {field: str(form.get(field, "")).strip() for field in ("name", "display_name", "department")}
    return {**texts, "roles": [str(role) for role in form.getlist("role") if role in ROLES]}


def _described(given: dict[str, Any]) -> tuple[str, str]:
    """Without what no name has, and PostgreSQL refuses."""
    name, department = ("".join(filter(str.isprintable, given[field])) for field in ("display_name", "department"))
    return name, department


ROUTES = [
    route("/accounts", everyone, roles=ADMIN, nav="账号管理"),
    route("/accounts/new", ask_new, roles=ADMIN),
    route("/accounts/new", add, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}", one, roles=ADMIN),
    route("/accounts/{id:int}", change, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}/password", reset_password, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}/disable", disable, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}/enable", enable, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}/sign-out", sign_out, roles=ADMIN, methods=("POST",)),
    route("/accounts/{id:int}/second-factor", remove_second_factor, roles=ADMIN, methods=("POST",)),
]
