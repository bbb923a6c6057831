"""Messages of a WeCom application to a member: POST /cgi-bin/message/send, document/path/90236."""

from __future__ import annotations

from typing import Any

from channels.delivery.platform import Action, SendError
from channels.rendering import Image, Menu, Part, Style, numbered
from channels.wecom.account import APP
from channels.wecom.client import Client
from channels.wecom.pace import Pace

SEND = "/cgi-bin/message/send"


class AppPlatform:
    """One application; see channels.delivery.platform.Platform. Choices are numbered lines: it has no menus to click.

    The platform takes no message id of ours: a call whose answer was lost may have been carried out.
    """

    channel = APP

    def __init__(self, client: Client, agent_id: int, hotline: str = "12345", pace: Pace | None = None) -> None:
        self._client, self._agent_id, self._hotline = client, agent_id, hotline
        self.media = client.media
        self._pace = pace or Pace()

    def style(self) -> Style:
        return Style(menu=False, hotline=self._hotline)

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        """Send one part to a member, not more than thirty a minute; returns the platform's msgid."""
        if isinstance(part, Image):
            return await self._client.picture(
                part.url, lambda media_id: self._message(recipient, "image", {"media_id": media_id})
            )
        text = numbered(part).text if isinstance(part, Menu) else part.text
        return await self._message(recipient, "text", {"content": text})

    async def typing(self, recipient: str) -> None:
        """WeCom has no such sign."""

    async def close(self) -> None:
        """Nothing is held open here: the client is closed by whoever made it."""

    async def _message(self, member: str, kind: str, content: dict[str, Any]) -> str | None:
        await self._pace.take(member)
        body = {"touser": member, "msgtype": kind, "agentid": self._agent_id, kind: content}
        answer = await self._client.post(SEND, body)
        if answer.get("invaliduser"):
            raise SendError(0, Action.DROP, f"{SEND}: the member is outside the application's visible range, or gone")
        return str(answer["msgid"]) if answer.get("msgid") else None
