"""Small pages and error answers: JSON for programs, a plain Chinese page for people, never a stack trace."""

from __future__ import annotations

import logging
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

from sanic import Sanic
from sanic.exceptions import MethodNotSupported, NotFound, PayloadTooLarge, SanicException, ServiceUnavailable
from sanic.request import Request
from sanic.response import HTTPResponse, html, json

from channels.messages import entry, sentence
from channels.refused import Refused

log = logging.getLogger(__name__)

PLAIN_PAGE = Path(__file__).with_name("page.html")


@lru_cache(maxsize=1)
def _page() -> Template:
    return Template(PLAIN_PAGE.read_text(encoding="utf-8"))


def page(name: str, status: int, hotline: str, refresh: int | None = None) -> HTTPResponse:
    """The page `pages.<name>` of messages.yml; reloads itself after `refresh` seconds."""
    words = {key: escape(str(value).format(hotline=hotline)) for key, value in entry(f"pages.{name}").items()}
    home = "" if refresh else f'<p><a href="/chat">{escape(sentence("pages.home"))}</a></p>'
    headers = {"Refresh": str(refresh)} if refresh else None
    return html(framed(words["title"], words["text"], home), status, headers)


def framed(title: str, text: str, more: str) -> str:
    """A whole small page. Its parts are HTML: what is not ours in them must have been escaped."""
    return _page().substitute(title=title, text=text, more=more)


def install(app: Sanic, hotline: str) -> None:
    """Answer every error of the app in this way."""

    def answer(request: Request, name: str, status: int) -> HTTPResponse:
        if "text/html" in request.headers.get("accept", ""):
            return page(name, status, hotline)
        return json({"error": entry(f"pages.{name}")["text"].format(hotline=hotline)}, status, ensure_ascii=False)

    async def refused(request: Request, error: Refused) -> HTTPResponse:
        return json({"error": error.reason}, error.status, ensure_ascii=False)

    async def failed(request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, NotFound):
            return answer(request, "not_found", 404)
        if isinstance(error, MethodNotSupported):
            response = answer(request, "method", 405)
            response.headers.update(error.headers)
            return response
        if isinstance(error, PayloadTooLarge):
            return json({"error": sentence("refused.too_large")}, 413, ensure_ascii=False)
        if isinstance(error, SanicException) and error.status_code < 500:
            return answer(request, "bad_request", error.status_code)
        if isinstance(error, ServiceUnavailable):  # the client has gone, or the server stops
            return answer(request, "failed", 503)
        log.error("a request failed: %s %s", request.method, request.path, exc_info=error)
        return answer(request, "failed", getattr(error, "status_code", 500))

    app.error_handler.add(Refused, refused)
    app.error_handler.add(Exception, failed)
