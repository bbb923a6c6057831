"""The REST channel, as Rasa's own but over the gateway: POST a message, get the replies of its turn.

Under `rasa run` (see credentials.yml) `on_new_message` runs the agent at once; under the gateway it stores the
message and waits for the outbox. The two look the same from outside.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from json import loads
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.messages import sentence
from channels.refused import Refused, clean_name, clean_text

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class Collected(OutputChannel):
    """Keeps each reply whole, so that `custom.answer` stands in the same message as its text."""

    def __init__(self, recipient: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.recipient = recipient

    @classmethod
    def name(cls) -> str:
        return "rest"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        present = {key: value for key, value in message.items() if value not in (None, [], {})}
        self.messages.append({"recipient_id": self.recipient, **present})


class RestInput(InputChannel):
    """POST /webhooks/rest/webhook `{"sender", "message", "message_id"?}`; other fields are ignored."""

    def __init__(self, token: str | None = None, hotline: str = "12345", *, for_agent: bool = False) -> None:
        """`for_agent`: messages go to Rasa's agent at once, which would take a leading "/" for an intent."""
        self._token = token
        self._hotline = hotline
        self._for_agent = for_agent

    @classmethod
    def name(cls) -> str:
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestInput:
        credentials = credentials or {}
        return cls(credentials.get("token") or None, str(credentials.get("hotline", "12345")), for_agent=True)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        rest = Blueprint("rest_webhook", url_prefix="/webhooks/rest")

        @rest.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @rest.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            try:
                return await self._receive(request, on_new_message)
            except Refused as refused:
                headers = {"Retry-After": str(int(refused.retry_after) + 1)} if refused.retry_after else None
                return json({"error": refused.reason}, refused.status, headers, ensure_ascii=False)

        return rest

    async def _receive(self, request: Request, on_new_message: OnNewMessage) -> HTTPResponse:
        self._check_token(request)
        message, collected = _decode(request)
        if self._for_agent and message.text.startswith("/"):
            message.text = "／" + message.text[1:]
        try:
            await on_new_message(message)
        except asyncio.TimeoutError:
            late = {"recipient_id": collected.recipient, "text": sentence("waiting.late", hotline=self._hotline)}
            return json([late], 202, ensure_ascii=False)
        return json(collected.messages, ensure_ascii=False)

    def _check_token(self, request: Request) -> None:
        given = request.token or ""
        if self._token and not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode()):
            raise Refused(401, sentence("refused.token"))


def _decode(request: Request) -> tuple[UserMessage, Collected]:
    try:
        body = loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused(400, sentence("refused.bad_json"))
    for field in ("sender", "message"):
        if body.get(field) is None:
            raise Refused(400, sentence("refused.missing", field=field))
    sender = clean_name(body["sender"], "sender")
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        message_id = None
    collected = Collected(sender)
    message = UserMessage(
        clean_text(body["message"]), collected, f"rest:{sender}", input_channel="rest", message_id=message_id
    )
    return message, collected
