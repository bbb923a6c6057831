"""The interface of 微信客服: read what customers wrote, answer them, see and change who serves them.

developer.work.weixin.qq.com document/path/94670 (sync_msg), 94677 (send_msg), 95122 (send_msg_on_event), 94669
(service_state).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

Json = dict[str, Any]
PAGE = 200
"""Messages read at once, of at most 1000: so many are looked up again when the reader was killed."""


class State(IntEnum):
    """Who serves a customer."""

    NEW = 0
    BOT = 1
    QUEUE = 2
    """Waits for a person."""
    PERSON = 3
    ENDED = 4


SILENT = (State.QUEUE, State.PERSON)
"""The platform takes no message of the bot's now, and a person is to answer."""


class Posts(Protocol):
    """What channels.wecom.client.Client does for us."""

    async def post(self, path: str, body: Json) -> Json:
        """POST with a valid access token; raises SendError."""


@dataclass(frozen=True)
class Page:
    messages: list[Json]
    """As the platform gives them, in order; see document/path/94670."""
    cursor: str
    """Where the next page begins."""
    more: bool


class KfApi:
    def __init__(self, client: Posts) -> None:
        self._client = client

    async def sync(self, open_kfid: str, cursor: str = "", token: str = "") -> Page:
        """A page of an account's messages and events.

        Args:
            cursor: where the last page ended; empty for the last three days.
            token: of the callback, valid for ten minutes; without one few calls are allowed.

        Raises:
            SendError: nothing was read.
        """
        body: Json = {"open_kfid": open_kfid, "limit": PAGE, "voice_format": 0}
        if cursor:
            body["cursor"] = cursor
        if token:
            body["token"] = token
        found = await self._client.post("/cgi-bin/kf/sync_msg", body)
        messages = found.get("msg_list")
        return Page(
            [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else [],
            str(found.get("next_cursor") or cursor),
            found.get("has_more") == 1,
        )

    async def send(self, open_kfid: str, customer: str, message: Json, msgid: str) -> str:
        """Send a message, once for each `msgid` (at most 32 of [0-9A-Za-z_-]); returns the msgid.

        Raises:
            SendError: it was not sent, or nobody knows.
        """
        body = {"touser": customer, "open_kfid": open_kfid, "msgid": msgid, **message}
        return str((await self._client.post("/cgi-bin/kf/send_msg", body)).get("msgid") or msgid)

    async def send_on_event(self, code: str, message: Json, msgid: str) -> None:
        """Answer an event by its code: one message within 20 seconds.

        Raises:
            SendError: it was not sent, or nobody knows.
        """
        await self._client.post("/cgi-bin/kf/send_msg_on_event", {"code": code, "msgid": msgid, **message})

    async def state(self, open_kfid: str, customer: str) -> int:
        """Who serves a customer now: a `State`, or a number that is not known here."""
        body = {"open_kfid": open_kfid, "external_userid": customer}
        return int((await self._client.post("/cgi-bin/kf/service_state/get", body)).get("service_state", State.NEW))

    async def transfer(self, open_kfid: str, customer: str, state: State, servicer: str | None = None) -> None:
        """Let somebody else serve a customer; `servicer` is the member's id where the state is PERSON.

        Raises:
            SendError: the platform does not allow that change, as once the conversation has ended.
        """
        body: Json = {"open_kfid": open_kfid, "external_userid": customer, "service_state": int(state)}
        if servicer is not None:
            body["servicer_userid"] = servicer
        await self._client.post("/cgi-bin/kf/service_state/trans", body)
