"""What customers of 微信客服 do, one message or event at a time: passed on, answered here, or left to a person.

A customer's conversation is `wecom-kf:<open_kfid>/<external_userid>`. Shapes: document/path/94670.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels import metrics
from channels.delivery.platform import SendError
from channels.refused import Refused
from channels.wechat import incoming
from channels.wechat.events import take_in
from channels.wechat.incoming import Incoming
from channels.wechat.reception import now
from channels.wechat.words import word
from channels.wecom.kf_api import KfApi
from channels.wecom.kf_incoming import parse, text
from channels.wecom.reception import WeComReception
from channels.wecom.states import States
from desk.sent import Sent
from foundation.clock import Clock
from foundation.errors import DecodeError

log = logging.getLogger(__name__)

CUSTOMER = 3
"""`origin` of what a customer wrote; 4 is an event, 5 what a person of the office wrote."""
CODE_LASTS = 20.0
"""Seconds for which a welcome code can be used."""
CATCHING_UP = 60.0
"""What was written so many seconds ago comes in a burst because we were away: it waits where it would be too fast."""

Undelivered = Callable[[str, str], Awaitable[None]]
"""Called with the sender and the msgid of a message of ours that the platform did not deliver after all."""


class KfMessages:
    def __init__(
        self,
        reception: WeComReception,
        api: KfApi,
        states: States,
        clock: Clock,
        undelivered: Undelivered | None = None,
    ) -> None:
        self._reception, self._api, self._states = reception, api, states
        self._clock, self._undelivered = clock, undelivered

    async def handle(self, message: dict[str, Any]) -> None:
        """Deal with one entry of `msg_list`. The same one again has no further effect.

        Raises:
            Refused: with status 503 it could not be stored: try again. Otherwise it will never be taken.
        """
        if message.get("msgtype") == "event":
            await self._event(message, message.get("event"))
        elif message.get("origin") == CUSTOMER:
            try:
                said = parse(message)
            except DecodeError as error:
                log.warning("left out: %s", error)
                return
            if await self._with_a_person(*said.sender.split("/", 1)):
                metrics.kf_skipped.labels("person").inc()
            else:
                await self._take_in(said, self._age(message))

    async def _take_in(self, said: Incoming, age: float) -> None:
        while True:
            try:
                if isinstance(said, incoming.Unknown):
                    await self._reception.say(said, now(), "unsupported", sent=Sent("unsupported"))
                else:
                    await take_in(self._reception, said, now())
                return
            except Refused as refused:
                if refused.status != 429 or age < CATCHING_UP:
                    raise
                await asyncio.sleep(refused.retry_after or 1.0)

    async def _with_a_person(self, open_kfid: str, customer: str) -> bool:
        """Where the platform does not tell it counts as no: while a person serves, it takes no message of ours."""
        try:
            return await self._states.silent(open_kfid, customer)
        except SendError as error:
            log.warning("who serves a customer of 微信客服 is not known: %s", error)
            return False

    async def _event(self, message: dict[str, Any], event: Any) -> None:
        kind = text(event, "event_type")
        open_kfid, customer = text(event, "open_kfid"), text(event, "external_userid")
        if kind == "enter_session":
            await self._welcome(message, text(event, "welcome_code"))
        elif kind == "session_status_change":
            self._states.changed(open_kfid, customer, event.get("change_type"))
        elif kind == "msg_send_fail":
            reason, msgid = event.get("fail_type"), text(event, "fail_msgid")
            metrics.kf_failed.labels(reason if isinstance(reason, int) else "none").inc()
            log.warning("微信客服 did not deliver a message: fail_type %s", reason)
            if self._undelivered is not None:
                await self._undelivered(f"{open_kfid}/{customer}", msgid)

    async def _welcome(self, message: dict[str, Any], code: str) -> None:
        """The platform gives a code only where a welcome may be sent: once in 48 hours."""
        if not code or self._age(message) > CODE_LASTS:
            return
        content = {"content": word("welcome", hotline=self._reception.account.hotline)}
        try:
            await self._api.send_on_event(code, {"msgtype": "text", "text": content}, _msgid(message))
        except SendError as error:
            log.warning("a customer of 微信客服 was not welcomed: %s", error)

    def _age(self, message: dict[str, Any]) -> float:
        """Seconds since it was written."""
        sent = message.get("send_time")
        return self._clock.now().timestamp() - sent if isinstance(sent, int | float) else 0.0


def _msgid(message: dict[str, Any]) -> str:
    """Our id of the welcome: the same for the same event."""
    return "w-" + "".join(c for c in text(message, "msgid") if c.isascii() and (c.isalnum() or c in "_-"))[-30:]
