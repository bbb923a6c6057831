"""Response headers that keep a browser strict: only what comes from here, nothing embedded but where it is allowed."""

from __future__ import annotations

import re

from sanic.request import Request
from sanic.response import BaseHTTPResponse

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")
NOBODY = "'none'"


def embeddable(request: Request, ancestors: str) -> None:
    """Let the pages of `ancestors`, a value of the directive frame-ancestors, show the answer to this request."""
    request.ctx.ancestors = ancestors


async def secure(request: Request, response: BaseHTTPResponse) -> None:
    """Sanic response middleware. Headers that a handler has set stay."""
    ancestors = getattr(request.ctx, "ancestors", NOBODY)
    for name, value in {
        "Content-Security-Policy": _policy(request.headers.get("host", ""), ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache" if request.path.startswith("/chat/static/") else "no-store",
        # It knows no list of sites; every browser that can run the chat knows frame-ancestors.
        **({"X-Frame-Options": "DENY"} if ancestors == NOBODY else {}),
    }.items():
        response.headers.setdefault(name, value)


def _policy(host: str, ancestors: str) -> str:
    # Some phones' browsers do not count a web socket of the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
