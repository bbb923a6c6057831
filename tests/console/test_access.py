"""Every route refuses whoever may not open it, and no route is without a line in access_table.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
from access_table import EVERYBODY, SIGNED_IN, TABLE, UNFINISHED
from console_people import HERE, Browser, Office
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from console.app import build
from console.guard import Guard
from console.routing import PUBLIC, Page, route
from foundation import accounts
from foundation.accounts import ROLES
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings

PEOPLE = ("nobody", "newcomer", "without a role", *ROLES)
"""The newcomer has a password to change, and every role."""


def routes(app: Starlette) -> dict[tuple[str, str], Page]:
    """Every method and path of an application; all but the static files are guarded."""
    found = {}
    for one in app.routes:
        if isinstance(one, WebSocketRoute):
            found["WS", one.path] = guarded(one.app)
        elif isinstance(one, Route):
            found.update({(method, one.path): guarded(one.app) for method in (one.methods or ()) if method != "HEAD"})
        else:
            assert isinstance(one, Mount) and one.path in ("/static", "/static/web-chat")
    return found


def guarded(app: object) -> Page:
    guard = getattr(app, "app", app)  # behind the limit of the body's size
    assert isinstance(guard, Guard)
    return guard.page


async def reached(request: Request) -> Response:
    return PlainTextResponse("reached", 299)


async def opened(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


@pytest.fixture
def hollow(store: Database, settings: Settings, clock: FixedClock) -> Iterator[Office]:
    """The console with every page's guard, and nothing behind it: whoever gets in does nothing."""
    pages = [
        replace(page, handler=reached if page.methods else opened)
        for page in dict.fromkeys(routes(build(settings, store, clock)).values())
    ]
    app = build(settings, store, clock, pages)
    with TestClient(app) as running:
        assert running.portal is not None
        yield Office(app, store, settings, clock, running.portal)


def sits_before(office: Office, person: str) -> Browser:
    browser = Browser(office)
    if person == "newcomer":
        account = browser.seat("newcomer", *ROLES)
        with office.database.write() as tx:
            accounts.give_one_time_password(tx, account.name, office.clock.now())
    elif person != "nobody":
        browser.seat(person.replace(" ", "-"), *(() if person == "without a role" else (person,)))
    return browser


def may(person: str, access: str | set[str]) -> bool:
    if access == EVERYBODY:
        return True
    if person in ("nobody", "newcomer"):
        return person == "newcomer" and access == UNFINISHED
    return access in (SIGNED_IN, UNFINISHED) or person in access


def attempt(browser: Browser, method: str, path: str) -> str:
    """What comes of it: reached, sign-in, password, 401 or 403."""
    path = re.sub(r"\{(\w+)(:\w+)?\}", "1", path)
    if method == "WS":
        try:
            with browser.http.websocket_connect(f"ws://127.0.0.1{path}", headers={"origin": HERE}):
                return "reached"
        except WebSocketDisconnect:
            return "403"
    answer = browser.get(path) if method == "GET" else browser.post(path)
    if answer.status_code == 303:
        return "sign-in" if answer.headers["location"].startswith("/sign-in") else "password"
    return "reached" if answer.status_code == 299 else str(answer.status_code)


def test_every_route_has_a_line_in_the_table(office: Office) -> None:
    assert set(routes(office.app)) == set(TABLE)


def test_every_route_lets_in_whom_the_table_names_and_nobody_else(hollow: Office) -> None:
    sitting = {person: sits_before(hollow, person) for person in PEOPLE}
    tokens = {person: browser.token for person, browser in sitting.items()}
    wrong = []
    for (person, browser), ((method, path), access) in product(sitting.items(), TABLE.items()):
        if tokens[person] is not None:
            browser.bring(tokens[person] or "")
        found = attempt(browser, method, path)
        allowed = may(person, access)
        refusals = {"nobody": {"sign-in", "401", "403"}, "newcomer": {"password", "403"}}.get(person, {"403"})
        if found not in ({"reached"} if allowed else refusals):
            wrong.append(f"{person}, {method} {path}: {found}, though {access}")
    assert not wrong


def test_scripts_are_told_by_a_status(office: Office, new_browser: Callable[[], Browser]) -> None:
    script = {"accept": "application/json"}
    nobody, agent = new_browser(), new_browser()
    agent.seat("agent", "agent")
    answer = nobody.get("/accounts", headers=script)
    assert (answer.status_code, answer.json()["error"]) == (401, "登录已经结束，请重新登录后继续。")
    assert agent.get("/accounts", headers=script).status_code == 403
    assert nobody.get("/accounts?x=1").headers["location"] == "/sign-in?next=%2Faccounts%3Fx%3D1"


async def test_a_route_that_names_nobody_is_not_built(settings: Settings, store: Database) -> None:
    with pytest.raises(ConfigError, match="/secret"):
        route("/secret", reached, roles=())
    with pytest.raises(ConfigError, match="king"):
        route("/secret", reached, roles=("king",))
    with pytest.raises(TypeError):
        route("/secret", reached)  # type: ignore[call-arg]
    page = route("/secret", reached, roles=PUBLIC)
    for unguarded in (Route("/secret", reached), replace(page, roles=frozenset())):
        with pytest.raises(ConfigError, match="secret"):
            build(settings, store, pages=[unguarded])  # type: ignore[list-item]
