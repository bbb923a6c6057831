"""The console's cookies.

`CONSOLE` holds a random token, which becomes a session's at the sign-in and is replaced at each step; before, it serves
to tell the browser's own forms from those that another site makes it send.
"""

from __future__ import annotations

from secrets import token_urlsafe

from starlette.requests import HTTPConnection
from starlette.responses import Response

from foundation.addresses import LOOPBACK
from foundation.cipher import Cipher

CONSOLE = "zhengwu-console"
LONGEST = 4000


def encrypted(connection: HTTPConnection) -> bool:
    """Whether cookies must never travel unencrypted: everywhere but on the machine itself."""
    url = connection.url
    return url.scheme in ("https", "wss") or url.hostname not in LOOPBACK


def read(connection: HTTPConnection, name: str = CONSOLE) -> str | None:
    """What a browser brings along under a name."""
    found = connection.cookies.get(_full(connection, name))
    return found if found and len(found) <= LONGEST and found.isascii() else None


def give(connection: HTTPConnection, response: Response, value: str, name: str = CONSOLE) -> None:
    """Have the browser keep a value until it is closed; no script can read it."""
    key = _full(connection, name)
    response.set_cookie(key, value, path="/", secure=encrypted(connection), httponly=True, samesite="lax")


def forget(connection: HTTPConnection, response: Response, name: str) -> None:
    key = _full(connection, name)
    response.delete_cookie(key, path="/", secure=encrypted(connection), httponly=True, samesite="lax")


def fresh() -> str:
    """A token that is nobody's session."""
    return token_urlsafe(32)


def form_key(cipher: Cipher, token: str) -> str:
    """What a browser's own forms carry, and no other site can know."""
    return cipher.fingerprint(token, "console form")


def _full(connection: HTTPConnection, name: str) -> str:
    # The prefix keeps other hosts of the same domain from planting one.
    return f"__Host-{name}" if encrypted(connection) else name
