"""POST /chat/suggest: what may be meant, while it is typed.

    {"q": str, "session": str | null}  →  {"suggestions": [{"text", "kind", "id", "name"}]}

`text` is what to show and to send; `name`, where it is not null, the alias or sentence by which it was found. The input
travels in the body, because addresses stand in the logs of proxies. It is neither stored nor logged.
"""

from __future__ import annotations

from json import loads
from math import ceil
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.limits import TokenBuckets
from channels.messages import sentence
from channels.pool import Full, Pool
from channels.refused import Refused
from channels.web.session import Sessions
from foundation.settings import Settings
from knowledge_base.search.typeahead import INPUT_CHARACTERS
from knowledge_base.suggestions import Suggestions

PER_MESSAGE = 20
"""Inputs that a sender may have completed for each message that it may send."""
QUEUE = 50


def suggest(suggestions: Suggestions, settings: Settings) -> Blueprint:
    """The endpoint; reads the knowledge base as long as the server runs."""
    sessions = Sessions(settings.key(), others=settings.old_keys())
    limit = TokenBuckets(settings.rate_limit * PER_MESSAGE)
    pool = Pool("suggest", threads=1, queue=QUEUE)
    web = Blueprint("web_suggest")

    @web.before_server_start
    async def start(app: Any, loop: Any) -> None:
        suggestions.follow()

    @web.after_server_stop
    async def stop(app: Any, loop: Any) -> None:
        suggestions.close()
        pool.close()

    @web.post("/chat/suggest")
    async def complete(request: Request) -> HTTPResponse:
        body = _read(request.body)
        # Whoever has no session of ours shares one allowance with all such.
        if wait := limit.take(sessions.sender(body.get("session")) or ""):
            raise Refused(429, sentence("refused.too_fast", seconds=ceil(wait)), wait)
        try:
            found = await pool.run(suggestions.suggest, body["q"][:INPUT_CHARACTERS])
        except Full:  # a suggestion that comes late helps nobody
            found = []
        listed = [{"text": one.text, "kind": one.key.kind, "id": one.key.id, "name": one.name} for one in found]
        return json({"suggestions": listed}, ensure_ascii=False)

    return web


def _read(data: bytes) -> dict[str, Any]:
    try:
        body = loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, sentence("refused.bad_json"))
    if not isinstance(body.get("q"), str):
        raise Refused(400, sentence("refused.not_text", field="q"))
    return body
