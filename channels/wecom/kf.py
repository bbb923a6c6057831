"""Messages of 微信客服 to a customer. Each carries a msgid of ours: it is sent once, however often it is tried."""

from __future__ import annotations

from typing import Any

from channels import metrics
from channels.delivery.platform import Action, SendError
from channels.rendering import Image, Menu, Part, Style, Text, numbered, split
from channels.wecom.account import KF
from channels.wecom.client import Client, Duplicate
from channels.wecom.kf_api import SILENT, KfApi
from channels.wecom.states import States

HEAD, TAIL, TITLE, CHOICES = 1024, 1024, 128, 10
"""What a msgmenu holds: bytes of its texts, and how many choices."""
STATE = 95018


class KfPlatform:
    """All accounts of 微信客服; see channels.delivery.platform.Platform. A recipient is `<open_kfid>/<customer>`."""

    channel = KF

    def __init__(self, client: Client, api: KfApi, states: States, hotline: str = "12345") -> None:
        self._client, self._api, self._states, self._hotline = client, api, states, hotline

    def style(self) -> Style:
        return Style(hotline=self._hotline)

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        """Send one part; a msgid that the platform has already counts as sent."""
        open_kfid, customer = split_sender(recipient)
        if isinstance(part, Image):
            return await self._client.picture(
                part.url, lambda media_id: self._send(open_kfid, customer, image(media_id), key)
            )
        return await self._send(open_kfid, customer, message_of(part), key)

    async def _send(self, open_kfid: str, customer: str, message: dict[str, Any], key: str) -> str:
        try:
            return await self._api.send(open_kfid, customer, message, key)
        except Duplicate:
            return key
        except SendError as error:
            if error.code != STATE:
                raise
            raise await self._refused_by_state(open_kfid, customer, error) from None

    async def typing(self, recipient: str) -> None:
        """微信客服 has no such sign."""

    async def close(self) -> None:
        """Nothing is held open here: the client is closed by whoever made it."""

    async def _refused_by_state(self, open_kfid: str, customer: str, error: SendError) -> SendError:
        """While a person serves the customer, what the bot had to say is out of date."""
        try:
            state = await self._states.ask(open_kfid, customer)
        except SendError:
            return error
        if state not in SILENT:
            return error
        metrics.kf_skipped.labels("person").inc()
        return SendError(error.code, Action.DROP, str(error))


def split_sender(sender: str) -> tuple[str, str]:
    """open_kfid and external_userid of a conversation's sender.

    Raises:
        SendError: it is none of ours.
    """
    open_kfid, slash, customer = sender.partition("/")
    if not (open_kfid and slash and customer):
        raise SendError(0, Action.DROP, "a recipient of 微信客服 is <open_kfid>/<external_userid>")
    return open_kfid, customer


def image(media_id: str) -> dict[str, Any]:
    return {"msgtype": "image", "image": {"media_id": media_id}}


def message_of(part: Text | Menu) -> dict[str, Any]:
    """A part as the platform takes it; a menu that is too large for one becomes text."""
    if isinstance(part, Menu) and _fits(part):
        clicks = [{"id": choice.id, "content": split(choice.title, TITLE)[0]} for choice in part.choices]
        menu: dict[str, Any] = {
            "head_content": part.head,
            "list": [{"type": "click", "click": click} for click in clicks],
            "tail_content": part.tail,
        }
        return {"msgtype": "msgmenu", "msgmenu": {name: value for name, value in menu.items() if value}}
    return {"msgtype": "text", "text": {"content": numbered(part).text if isinstance(part, Menu) else part.text}}


def _fits(menu: Menu) -> bool:
    sizes = len(menu.head.encode()), len(menu.tail.encode())
    return sizes[0] <= HEAD and sizes[1] <= TAIL and 1 <= len(menu.choices) <= CHOICES
