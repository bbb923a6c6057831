"""Response headers that keep a browser strict: only what comes from here, nothing embedded."""

from __future__ import annotations

import re

from sanic.request import Request
from sanic.response import BaseHTTPResponse

HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


async def secure(request: Request, response: BaseHTTPResponse) -> None:
    """Sanic response middleware. Headers that a handler has set stay."""
    # Some phones' browsers do not count a web socket of the same host as 'self'.
    host = request.headers.get("host", "")
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    for name, value in {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache" if request.path.startswith("/chat/static/") else "no-store",
    }.items():
        response.headers.setdefault(name, value)
