"""The simulator's page: words from page.yml, the rest static files; nothing comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.words import PAGE

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def install(app: web.Application, accounts: dict[str, Account], office: str, hosts: set[str]) -> None:
    """GET / and /static; strict headers on every answer; other hosts' names are refused.

    Args:
        hosts: the names by which this machine may be asked.
    """
    page = render(accounts, office)

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html", charset="utf-8")

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        # A page of another site could have its own name lead to this machine.
        if not request.path.startswith("/cgi-bin/") and hostname(request.host) not in hosts:
            raise web.HTTPForbidden
        response: web.StreamResponse = await handler(request)
        return response

    async def strict(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)

    app.middlewares.append(guard)
    app.on_response_prepare.append(strict)  # type: ignore[arg-type]  # aiohttp 3.9 misstates its signals
    app.router.add_get("/", show)
    app.router.add_static("/static", HERE / "static")


def hostname(authority: str) -> str:
    """The name in a Host header, without its port; "" where it is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def render(accounts: dict[str, Account], office: str) -> str:
    """The page of these accounts."""
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
    return templates.get_template("simulator.html").render(words=PAGE.content, channels=list(accounts), office=office)
