"""The console over a database with cases, and members of staff who are signed in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from console.cookies import CONSOLE
from foundation import accounts, sessions
from foundation.clock import FixedClock
from foundation.database import Database

HOME = "http://127.0.0.1"


class Staff:
    """One member of staff before the pages."""

    def __init__(
        self,
        client: TestClient,
        database: Database,
        clock: FixedClock,
        name: str,
        department: str,
        roles: Iterable[str],
    ) -> None:
        with database.write() as tx:
            account = accounts.add(tx, name, None, roles, clock.now(), f"{name}的名字", department)
            token = sessions.begin(tx, account.id, clock.now(), timedelta(days=30))
        self._client, self._token = client, token

    def get(self, path: str) -> Any:
        return self._client.get(path, headers=self._headers(), follow_redirects=False)

    def post(self, path: str, page: str | None = None, **fields: str) -> Any:
        """Send a form of a page, with the hidden fields that the page has."""
        shown = self.get(page or path).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
        return self._client.post(path, data={**hidden, **fields}, headers=self._headers(), follow_redirects=False)

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{CONSOLE}={self._token}"}
