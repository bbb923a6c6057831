"""Rasa's output channel for WeChat: utterances by the customer-service interface, laid out as everywhere.

For Rasa's own commands and for what no message asked for (reminders, `trigger_intent`). Under `zhengwu serve` replies
go through the outbox instead. Without a database nothing is known of buttons that were sent, so choices are numbered.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from typing import Any

from rasa.core.channels.channel import OutputChannel

from channels.delivery.platform import Action, Platform, SendError
from channels.rendering import Part, pages
from foundation.log import who
from foundation.outbox import Reply

log = logging.getLogger(__name__)

Body = dict[str, Any]
BACKOFF = (0.5, 1.5, 4.0)
"""Seconds before each further attempt while the platform is busy, give or take half."""


class WechatOutput(OutputChannel):
    def __init__(self, platform: Platform, *, at_once: bool = True) -> None:
        """`at_once`: each utterance is sent by itself; else they are collected in `bodies` until `flush`."""
        self.bodies: list[Body] = []
        self._platform = platform
        self._at_once = at_once
        self._style = replace(platform.style(), menu=False)
        self._ids = count(1)

    @classmethod
    def name(cls) -> str:
        return "wechat"

    async def send_response(self, recipient_id: str, message: Body) -> None:
        """A whole utterance of the domain: text, buttons, picture and `custom` together."""
        body = {key: value for key, value in message.items() if value not in (None, [], {})}
        if quick := body.pop("quick_replies", None):
            body["buttons"] = [*body.get("buttons", ()), *quick]
        await self._say(recipient_id, body)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        await self._say(recipient_id, {"text": text})

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        await self._say(recipient_id, {"image": image})

    async def send_attachment(self, recipient_id: str, attachment: str, **kwargs: Any) -> None:
        await self._say(recipient_id, {"attachment": attachment})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        await self._say(recipient_id, {"text": text, "buttons": buttons})

    async def send_quick_replies(
        self, recipient_id: str, text: str, quick_replies: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        await self._say(recipient_id, {"text": text, "buttons": quick_replies})

    async def send_elements(self, recipient_id: str, elements: Iterable[dict[str, Any]], **kwargs: Any) -> None:
        """Cards, each as its title, subtitle and address with its buttons."""
        for element in elements:
            lines = (element.get("title"), element.get("subtitle"), (element.get("default_action") or {}).get("url"))
            text = "\n".join(str(line) for line in lines if line)
            buttons = [button for button in element.get("buttons") or () if button.get("payload")]
            await self._say(recipient_id, {"text": text, **({"buttons": buttons} if buttons else {})})

    async def send_custom_json(self, recipient_id: str, json_message: Body, **kwargs: Any) -> None:
        """Its `text` is shown; the rest, such as the answer behind a text, says something to programs only."""
        text = {"text": json_message["text"]} if isinstance(json_message.get("text"), str) else {}
        await self._say(recipient_id, {**text, "custom": json_message})

    async def flush(self, recipient_id: str) -> None:
        """Send what has been collected, as one answer. All its pages: there is nowhere to keep one for 更多."""
        bodies, self.bodies = self.bodies, []
        channel = self._platform.channel
        sender = recipient_id.removeprefix(f"{channel}:")
        last = len(bodies) - 1
        replies = [
            Reply(next(self._ids), f"{channel}:{sender}", channel, None, n, n == last, body)
            for n, body in enumerate(bodies)
        ]
        for page in pages(replies, self._style):
            for part in page:
                if not await self._send(sender, part):
                    return

    async def _say(self, recipient_id: str, body: Body) -> None:
        self.bodies.append(body)
        if self._at_once:
            await self.flush(recipient_id)

    async def _send(self, sender: str, part: Part) -> bool:
        """Whether the platform took it. A failure is no reason for Rasa to break the turn off."""
        for wait in (*BACKOFF, None):
            try:
                await self._platform.send(sender, part, f"rasa-{next(self._ids)}")
                return True
            except SendError as error:
                if error.action is not Action.RETRY or wait is None:
                    log.warning("not sent: %s", error, extra={"sender": who(sender), "action": error.action.value})
                    return False
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
        return False


class MiniprogramOutput(WechatOutput):
    @classmethod
    def name(cls) -> str:
        return "miniprogram"
