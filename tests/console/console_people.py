"""An office's staff, and browsers in which they use the console."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread
from typing import Any

from anyio.from_thread import BlockingPortal
from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession

from console.cookies import CONSOLE, form_key
from foundation import accounts, audit, sessions
from foundation.accounts import Account
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import AccountError
from foundation.settings import Settings

PASSWORD = "correct horse 9"
HERE = "http://127.0.0.1"


@dataclass
class Office:
    app: Starlette
    database: Database
    settings: Settings
    clock: FixedClock
    portal: BlockingPortal

    def hire(self, name: str, *roles: str, password: str | None = PASSWORD) -> Account:
        """An account of that name."""
        with self.database.write() as tx:
            return accounts.add(tx, name, password, roles, self.clock.now(), display_name=f"{name}同志")

    def audited(self) -> list[tuple[str, str, str]]:
        """Who did what to whom, the oldest first."""
        with self.database.read() as tx:
            return [(one.account, one.action, one.subject) for one in reversed(audit.entries(tx))]


class Browser:
    """A browser of one person, which sends what a browser would and follows no redirect by itself."""

    def __init__(self, office: Office, address: str = "10.0.0.1", base: str = HERE) -> None:
        self.office = office
        self.http = TestClient(office.app, base_url=base, client=(address, 50000), follow_redirects=False)
        self.http.portal = office.portal  # one event loop for all, as in a real console

    @property
    def token(self) -> str | None:
        return self.http.cookies.get(CONSOLE) or self.http.cookies.get(f"__Host-{CONSOLE}")

    def bring(self, token: str) -> None:
        """Use this token from now on."""
        self.http.cookies.clear()
        self.http.cookies.set(CONSOLE, token, domain="127.0.0.1")

    def seat(self, name: str, *roles: str) -> Account:
        """Be signed in as somebody of that name, without the way through the pages."""
        with self.office.database.write() as tx:
            try:
                account = accounts.get(tx, name)
            except AccountError:
                account = accounts.add(tx, name, None, roles, self.office.clock.now())
            self.bring(sessions.begin(tx, account.id, self.office.clock.now(), timedelta(hours=12)))
        return account

    def get(self, path: str, **options: Any) -> Response:
        return self.http.get(path, **options)

    def post(self, path: str, fields: dict[str, Any] | Iterable[tuple[str, str]] = (), **options: Any) -> Response:
        """Send a form as our own page would."""
        if self.token is None:
            self.get("/sign-in")
        key = form_key(Cipher(self.office.settings.key()), self.token or "")
        return self.http.post(path, data={**dict(fields), "csrf": key}, headers={"origin": HERE}, **options)

    def sign_in(self, name: str, password: str = PASSWORD, onward: str = "/") -> Response:
        """Through the page, as it came."""
        page = self.get("/sign-in", params={"next": onward})
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        data = {**hidden, "name": name, "password": password}
        return self.http.post("/sign-in", data=data, headers={"origin": HERE})

    def is_in(self) -> bool:
        return self.get("/whoami", headers={"accept": "application/json"}).status_code == 200


def heard(socket: WebSocketTestSession, within: float = 10.0) -> object:
    """What comes next through a web socket. Raises what that raises, and TimeoutError when nothing comes."""
    found: Future[object] = Future()

    def listen() -> None:
        try:
            found.set_result(socket.receive_json())
        except Exception as error:
            found.set_exception(error)

    Thread(target=listen, daemon=True).start()
    return found.result(within)
