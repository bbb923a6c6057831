"""The chat page: its words from page.yml, the rest static files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, html

from foundation.settings import Settings

HERE = Path(__file__).parent


def chat_page(settings: Settings) -> Blueprint:
    """GET /chat and /chat/static."""
    web = Blueprint("web_chat")
    web.static("/chat/static", HERE / "static", name="static")
    web.static("/widget.js", HERE / "static" / "widget.js", name="widget")
    page = render(settings)

    @web.get("/chat")
    async def chat(request: Request) -> HTTPResponse:
        return html(page)

    return web


def render(settings: Settings) -> str:
    """The page with the office's name, hotline and hours in its sentences."""
    office = {
        "office": settings.office_name,
        "hotline": settings.hotline,
        "hours": settings.office_hours,
    }
    words = _fill(yaml.safe_load((HERE / "page.yml").read_text(encoding="utf-8")), office)
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
    return templates.get_template("chat.html").render(words=words, office=office)


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
