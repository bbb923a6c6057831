"""GET /widget.js: the script that other sites include. It adds a button that opens the chat.

On the sites of ZHENGWU_WIDGET_ORIGINS the chat opens in a frame of theirs, elsewhere in a window of its own.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from jinja2 import Environment
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from channels.web.origins import Origins

MINUTES = 10
"""How long a browser uses its copy without asking: so soon a change of the allowed sites is everywhere."""


def script(templates: Environment, words: dict[str, str], origins: Origins) -> bytes:
    """The script with its words, its style, and the pattern that the address of an allowed site matches."""
    style = templates.get_template("widget/style.css").render()
    settings: dict[str, Any] = {"words": words, "style": style, "origins": origins.pattern}
    return templates.get_template("widget/launcher.js").render(settings=settings).encode()


def serve(web: Blueprint, source: bytes) -> None:
    """Answer GET /widget.js to the pages of any site."""
    headers = {
        "ETag": f'"{sha256(source).hexdigest()[:32]}"',
        "Cache-Control": f"public, max-age={MINUTES * 60}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }

    @web.get("/widget.js")
    async def widget(request: Request) -> HTTPResponse:
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return raw(b"", 304, headers)
        return raw(source, headers=headers, content_type="text/javascript; charset=utf-8")
