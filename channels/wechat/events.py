"""What each kind of event means here: a question for the dialogue, a greeting, a number in the metrics, or nothing."""

from __future__ import annotations

import logging
from typing import Any

from channels.refused import Refused
from channels.wechat import incoming
from channels.wechat.callback import seconds
from channels.wechat.counters import pushed
from channels.wechat.incoming import Event, Incoming
from channels.wechat.messages import MESSAGES, Handler, obey
from channels.wechat.reception import Reception
from channels.wechat.words import button, scene
from foundation.inbox import Accepted

log = logging.getLogger(__name__)

LONGEST = 128
"""Characters that are kept of a scene or a key."""
DAY = 86_400
STATUSES = {"success": "success", "accept": "accepted", "reject": "rejected", "failed:user block": "blocked"}


async def take_in(reception: Reception, message: Incoming, deadline: float) -> Accepted | None:
    """Do what a message or event asks for; see channels.wechat.messages.Handler.

    Raises:
        channels.refused.Refused: it cannot be stored, now or at all.
    """
    if isinstance(message, Event) and not isinstance(message, incoming.Finished | incoming.Notices):
        pushed.labels(reception.channel, message.name if type(message) in EVENTS else "other", "").inc()
    handle = MESSAGES.get(type(message)) or EVENTS.get(type(message))
    try:
        return await handle(reception, message, deadline) if handle else None
    except Refused as refused:
        if refused.status != 413 or reception.account.passive:
            raise
        # Too long, today and tomorrow, and no answer can carry that: it is told by the API.
        return await reception.reply(message, [{"text": refused.reason}], deadline)


async def subscribe(reception: Reception, message: incoming.Subscribe, deadline: float) -> Accepted:
    welcome = _greeting(reception, "welcome", message.scene)
    return await reception.reply(message, [welcome], deadline, "action")


async def unsubscribe(reception: Reception, message: incoming.Unsubscribe, deadline: float) -> None:
    """Whoever leaves is forgotten; nothing can be sent any more. Once: they may be back when somebody who kept the
    callback sends it again."""
    if not await reception.house.forget(reception.channel, message.sender, message.posted):
        log.warning("an unsubscribe is ignored: that citizen was erased since", extra={"channel": reception.channel})


async def scan(reception: Reception, message: incoming.Scan, deadline: float) -> Accepted:
    said = scene(message.scene)
    if said is not None:
        return await obey(reception, message, said, deadline, "action", scene=message.scene[:LONGEST])
    greeting = _greeting(reception, "scanned", message.scene)
    return await reception.reply(message, [greeting], deadline, "action")


async def click(reception: Reception, message: incoming.Click, deadline: float) -> Accepted:
    said, key = button(message.event_key), message.event_key[:LONGEST]
    if said is None:
        log.warning("a button of the account's menu is not in channels/wechat/menu.yml", extra={"key": key})
        return await reception.say(message, deadline, "unknown_button", "action")
    return await obey(reception, message, said, deadline, "action", button=key)


async def scan_code(reception: Reception, message: incoming.ScanCode, deadline: float) -> Accepted | None:
    """A phone that was told to wait for a message gets one."""
    return await reception.say(message, deadline, "scanned_code", "action") if message.waits else None


async def enter(reception: Reception, message: incoming.EnterSession, deadline: float) -> Accepted:
    """Greet whoever opens a mini-program's chat, once a day. Each time what was held for them may be sent."""
    house, body, today = reception.house, reception.body("welcome"), f"entered-{seconds(message.created) // DAY}"
    greeted = await house.answer(reception.channel, message.sender, [body], today, window="entry")
    if not greeted.duplicate:
        return greeted
    return await house.answer(reception.channel, message.sender, [], message.key, window="entry")


async def finished(reception: Reception, message: incoming.Finished, deadline: float) -> None:
    _count(reception, message, message.status)


async def notices(reception: Reception, message: incoming.Notices, deadline: float) -> None:
    for entry in message.entries:
        _count(reception, message, str(entry.get("ErrorStatus") or entry.get("SubscribeStatusString") or ""))


async def nothing(reception: Reception, message: Event, deadline: float) -> None:
    """It was counted; there is nothing to say to it."""


def _greeting(reception: Reception, name: str, where: str) -> dict[str, Any]:
    """A greeting that tells, to whoever reads the outbox, at which QR code it was said."""
    body = reception.body(name)
    return {**body, "custom": {"scene": where[:LONGEST]}} if where else body


def _count(reception: Reception, message: Event, status: str) -> None:
    pushed.labels(reception.channel, message.name, STATUSES.get(status.lower(), "failed")).inc()


EVENTS: dict[type[Incoming], Handler] = {
    incoming.Subscribe: subscribe,
    incoming.Unsubscribe: unsubscribe,
    incoming.Scan: scan,
    incoming.Click: click,
    incoming.ScanCode: scan_code,
    incoming.EnterSession: enter,
    incoming.Finished: finished,
    incoming.Notices: notices,
    incoming.Position: nothing,
    incoming.View: nothing,
    incoming.Pictures: nothing,
    incoming.PlaceChosen: nothing,
    incoming.Service: nothing,
}
