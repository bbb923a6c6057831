"""The chat page, by itself and in a frame of another site: its words from page.yml, the rest static files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, html

from channels.headers import embeddable
from channels.web import widget
from channels.web.origins import read_origins
from foundation.settings import Settings

HERE = Path(__file__).parent
TEMPLATES = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
FRAMED = {
    # A site that demands this of its frames is not locked out; all that the page needs comes from here.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def chat_page(settings: Settings) -> Blueprint:
    """GET /chat, /chat?embed=1 for the frame, /chat/static, and /widget.js.

    Raises:
        ConfigError: ZHENGWU_WIDGET_ORIGINS is malformed.
    """
    origins = read_origins(settings.widget_origins)
    office = {"office": settings.office_name, "hotline": settings.hotline, "hours": settings.office_hours}
    words = _fill(yaml.safe_load((HERE / "page.yml").read_text(encoding="utf-8")), office)
    launcher = words.pop("widget")
    if settings.signin_issuer is None:
        del words["sign_in"]
    template = TEMPLATES.get_template("chat.html")
    page = template.render(words=words, office=office)
    framed = template.render(words=words, office=office, embed={**launcher["frame"], "origins": origins.pattern})

    web = Blueprint("web_chat")
    web.static("/chat/static", HERE / "static", name="static")

    @web.get("/chat")
    async def chat(request: Request) -> HTTPResponse:
        if origins and request.args.get("embed") == "1":
            embeddable(request, origins.ancestors)
            return html(framed, headers=FRAMED)
        return html(page)

    widget.serve(web, widget.script(TEMPLATES, launcher["host"], origins))
    return web


def _fill(value: Any, office: dict[str, str]) -> Any:
    """Put the office's own words into {office}, {hotline}, {hours}; other braces are the script's."""
    if isinstance(value, dict):
        return {key: _fill(inner, office) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, office) for inner in value]
    if isinstance(value, str):
        for name, word in office.items():
            value = value.replace(f"{{{name}}}", word)
    return value
