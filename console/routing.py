"""Which pages there are, and who may see each: every page module exports `ROUTES`, made by `route` and `socket`.

A route cannot be made without saying for whom, and tests/console/test_access.py has a line for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from foundation.accounts import ROLES
from foundation.errors import ConfigError

PUBLIC = "public"
"""Everybody, signed in or not."""
UNFINISHED = "unfinished"
"""Whoever is signed in, also while the password must be changed."""
SIGNED_IN = "signed_in"
"""Whoever is signed in, with any role or none."""

Handler = Callable[[Request], Awaitable[Response]]
LARGEST = 128 * 1024
"""Bytes of a request's body, where a route does not say otherwise."""


@dataclass(frozen=True)
class Page:
    path: str
    handler: Callable[[Any], Awaitable[Any]]
    roles: frozenset[str]
    methods: tuple[str, ...]
    """Empty for a web socket."""
    nav: str | None = None
    """The words of its link in the navigation, which only those see who may open it."""
    largest: int = LARGEST
    under: str | None = None
    """The path of the page whose own navigation has the link, instead of the one at the top."""


def route(
    path: str,
    handler: Handler,
    *,
    roles: str | Sequence[str],
    methods: Sequence[str] = ("GET",),
    nav: str | None = None,
    under: str | None = None,
    largest: int = LARGEST,
) -> Page:
    """A page, or what a page asks for.

    Args:
        roles: of foundation.accounts.ROLES, any of which suffices; or PUBLIC, UNFINISHED, SIGNED_IN.
        nav: the words of its link; `under` the page with this path, or at the top.
        largest: bytes that the request's body may have.

    Raises:
        ConfigError: nobody, or an unknown role, is named.
    """
    return Page(path, handler, _named(path, roles), tuple(methods), nav, largest, under)


def socket(path: str, handler: Callable[[WebSocket], Awaitable[None]], *, roles: str | Sequence[str]) -> Page:
    """A web socket; roles as in `route`."""
    return Page(path, handler, _named(path, roles), ())


def _named(path: str, roles: str | Sequence[str]) -> frozenset[str]:
    named = frozenset([roles] if isinstance(roles, str) else roles)
    if not named:
        raise ConfigError(f"the console's route {path} does not say who may open it")
    if unknown := named - {*ROLES, PUBLIC, UNFINISHED, SIGNED_IN}:
        raise ConfigError(f"the console's route {path} names {', '.join(sorted(unknown))}, which is no role")
    return named
