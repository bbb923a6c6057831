"""The same browser again: a cookie for the minutes of a sign-in, known to us by its fingerprint alone.

SameSite=Lax: it comes along when the identity service sends the browser back, and with nothing that a foreign site asks
for behind the scenes. The prefix __Host- keeps other hosts of the same domain from planting one.
"""

from __future__ import annotations

from secrets import token_urlsafe

from sanic.request import Request
from sanic.response import HTTPResponse

from foundation import signing_in, tickets
from foundation.cipher import Cipher

SECONDS = int((tickets.LIFE + signing_in.UNDER_WAY).total_seconds())


class Browsers:
    def __init__(self, cipher: Cipher, *, encrypted: bool) -> None:
        """`encrypted`: citizens reach us by https."""
        self._cipher = cipher
        self._secure = encrypted
        self._name = "__Host-zhengwu-signin" if encrypted else "zhengwu-signin"

    def fresh(self) -> str:
        """A new mark for a browser."""
        return token_urlsafe(32)

    def of(self, request: Request) -> str | None:
        """The fingerprint of the mark with which a request comes."""
        mark = request.cookies.get(self._name)
        return self.fingerprint(mark) if mark and len(mark) < 100 else None

    def fingerprint(self, mark: str) -> str:
        return self._cipher.fingerprint(mark, "sign-in browser")

    def mark(self, response: HTTPResponse, mark: str) -> HTTPResponse:
        """Give the browser its mark."""
        return self._set(response, mark, SECONDS)

    def forget(self, response: HTTPResponse) -> HTTPResponse:
        return self._set(response, "", 0)

    def _set(self, response: HTTPResponse, value: str, seconds: int) -> HTTPResponse:
        secure = "; Secure" if self._secure else ""
        cookie = f"{self._name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        response.headers.add("Set-Cookie", cookie)
        return response
