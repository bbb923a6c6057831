"""As channels.wechat.reception, with what WeCom lets us send after a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.wechat.incoming import Incoming
from channels.wechat.reception import Reception
from channels.windows import Window
from desk.sent import Sent
from foundation.inbox import Accepted


@dataclass
class WeComReception(Reception):
    """`window`: what anything that somebody does opens. An application may write to its members at any time ("none");
    微信客服 counts a click as the message that it makes the customer send ("message")."""

    window: Window = "none"

    async def ask(
        self, message: Incoming, text: str, deadline: float, window: Window = "message", **more: Any
    ) -> Accepted:
        return await super().ask(message, text, deadline, self.window, **more)

    async def reply(
        self,
        message: Incoming,
        bodies: list[dict[str, Any]],
        deadline: float,
        window: Window = "message",
        sent: Sent | None = None,
    ) -> Accepted:
        return await super().reply(message, bodies, deadline, self.window, sent)
