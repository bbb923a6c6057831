"""The editor of a unit without a browser: what its page begins with, and what its script sends."""

from __future__ import annotations

import json
import re
from typing import Any

from console_people import HERE, Browser
from httpx2 import Response

from console.cookies import form_key
from foundation.cipher import Cipher

PREVIEW = "/content/preview"


def send(browser: Browser, path: str, data: Any = None, raw: bytes | None = None, **headers: str) -> Response:
    """JSON as the page's script sends it."""
    key = form_key(Cipher(browser.office.settings.key()), browser.token or "")
    content = raw if raw is not None else json.dumps({} if data is None else data).encode()
    own = {"origin": HERE, "accept": "application/json", "content-type": "application/json", "x-csrf-token": key}
    return browser.http.post(path, content=content, headers={**own, **headers})


def facts(page: Response) -> dict[str, Any]:
    """What the page's script begins with."""
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', page.text, re.DOTALL)
    assert page.status_code == 200 and found is not None, page.text[:300]
    read: dict[str, Any] = json.loads(found[1])
    return read


class Form:
    """The form as it stands in one page of somebody's browser."""

    def __init__(self, browser: Browser, kind: str, id: str) -> None:
        self.browser, self.kind, self.id = browser, kind, id
        self.path = f"/content/units/{kind}/{id}"
        begun = facts(browser.get(f"{self.path}/edit"))
        self.facts = begun
        self.body, self.base, self.version = begun["body"], begun["base"], begun["version"]

    def type(self, **fields: Any) -> dict[str, Any]:
        """Change fields, and have them kept as the script does after a pause."""
        self.body = {**self.body, **fields}
        answer = send(self.browser, f"{self.path}/working", {"body": self.body, **self._begun, "version": self.version})
        assert answer.status_code == 200, answer.text
        kept: dict[str, Any] = answer.json()
        self.version = kept.get("version", self.version)
        return kept

    def save(self, **fields: Any) -> dict[str, Any]:
        self.body = {**self.body, **fields}
        answer = send(self.browser, f"{self.path}/save", {"body": self.body, **self._begun})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def preview(self, **asked: Any) -> dict[str, Any]:
        shown = send(self.browser, PREVIEW, {"kind": self.kind, "id": self.id, "body": self.body, **asked})
        assert shown.status_code == 200, shown.text
        said: dict[str, Any] = shown.json()
        return said

    @property
    def _begun(self) -> dict[str, Any]:
        return {"base": self.base}
