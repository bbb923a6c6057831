"""Messages outside a conversation's window: 模板消息 and 订阅消息, by what happened.

A table (ZHENGWU_WECHAT_TEMPLATES_FILE) says with which template of the account an event is told; what is not in it is
not told this way, and a citizen who has not subscribed cannot be: the caller then has to find another way.

    application.decided:
      wechat:
        kind: template                      # or subscribe (公众号订阅通知)
        template: TEMPLATE-ID
        url: "https://…/status?number={number}"
        miniprogram: {appid: wx…, pagepath: "pages/status?number={number}"}   # optional
        data: {thing1: "{title}", character_string2: "{number}", time3: "{at}", phrase4: "{state}"}
      miniprogram:
        template: TEMPLATE-ID
        page: "pages/status?number={number}"
        data: {thing1: "{title}", phrase2: "{state}"}
    reply.waiting:
      wechat: {kind: subscribe, template: TEMPLATE-ID, data: {thing1: "{office}", time2: "{at}"}}

In braces stand the event's values; `{office}`, `{hotline}` and `{at}`, the present time, are always there. Interfaces:
POST /cgi-bin/message/template/send, …/message/subscribe/bizsend (official accounts), …/message/subscribe/send
(mini-programs).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol
from urllib.parse import quote

from channels.delivery.platform import Action, SendError
from channels.wechat.fields import fit, shown
from channels.wechat.templates import Table, Template
from foundation.clock import Clock

log = logging.getLogger(__name__)

WAITING = "reply.waiting"
"""A reply is kept until the citizen writes again."""


class Outcome(Enum):
    SENT = "sent"
    NO_TEMPLATE = "no_template"
    """The table has no template for this event on this channel."""
    NOT_SUBSCRIBED = "not_subscribed"
    GONE = "gone"
    """The citizen does not follow the account any more, or has blocked it."""
    WRONG = "wrong"
    """The table and the platform's template do not agree, or a value is not of its field's type."""
    LATER = "later"
    """Not sent; trying again may help."""
    UNKNOWN = "unknown"
    """May have arrived. A template message (not a subscription) may be repeated with the same key."""
    BROKEN = "broken"
    """The account's configuration, grants or quota."""


@dataclass(frozen=True)
class Notice:
    outcome: Outcome
    code: int = 0
    """The platform's error code."""
    platform_id: str | None = None

    @property
    def sent(self) -> bool:
        return self.outcome is Outcome.SENT


class Posts(Protocol):
    """What channels.wechat.api.WechatApi does for us."""

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST with a valid access token; raises SendError."""


OUTCOMES = {
    43101: Outcome.NOT_SUBSCRIBED,
    **dict.fromkeys((40003, 43004, 43019, 46004, 48002, 50005), Outcome.GONE),
    **dict.fromkeys((40037, 41030, 47003), Outcome.WRONG),
}
BY_ACTION = {Action.RETRY: Outcome.LATER, Action.UNKNOWN: Outcome.UNKNOWN, Action.DROP: Outcome.WRONG}
PATHS = {
    ("wechat", "template"): "/cgi-bin/message/template/send",
    ("wechat", "subscribe"): "/cgi-bin/message/subscribe/bizsend",
    ("miniprogram", "subscribe"): "/cgi-bin/message/subscribe/send",
}


class Notifications:
    def __init__(self, table: Table, apis: Mapping[str, Posts], clock: Clock, common: Mapping[str, object]) -> None:
        """
        Args:
            apis: by channel, wechat and miniprogram.
            common: values that every event has: office, hotline.
        """
        self._table, self._apis, self._clock, self._common = table, apis, clock, common

    def has(self, event: str, channel: str) -> bool:
        """Whether the event can be told on this channel at all."""
        return channel in self._apis and channel in self._table.get(event, {})

    def events(self, channel: str) -> list[str]:
        """All events that can be told on this channel."""
        return [event for event in self._table if self.has(event, channel)]

    async def send(self, event: str, channel: str, recipient: str, values: Mapping[str, object], key: str) -> Notice:
        """Tell a citizen what happened.

        Args:
            event: such as application.decided.
            recipient: the openid.
            values: what the table's braces name; times as aware datetimes, days as dates.
            key: our id of this notice, at most 32 of [0-9A-Za-z_-]; the same at each attempt.
        """
        template = self._table.get(event, {}).get(channel)
        api = self._apis.get(channel)
        if template is None or api is None:
            return Notice(Outcome.NO_TEMPLATE)
        known = {name: shown(value) for name, value in {"at": self._clock.now(), **self._common, **values}.items()}
        try:
            body = _body(template, channel, recipient, known, key)
        except _Unfit as unfit:
            log.warning("no notice of %s on %s: %s; correct ZHENGWU_WECHAT_TEMPLATES_FILE", event, channel, unfit)
            return Notice(Outcome.WRONG)
        try:
            answer = await api.post(PATHS[channel, template.kind], body)
        except SendError as error:
            outcome = OUTCOMES.get(error.code) or BY_ACTION.get(error.action, Outcome.BROKEN)
            if outcome in (Outcome.WRONG, Outcome.BROKEN):
                log.warning("no notice of %s on %s: %s", event, channel, error)
            return Notice(outcome, error.code)
        return Notice(Outcome.SENT, platform_id=str(answer["msgid"]) if answer.get("msgid") else None)

    async def reply_waiting(self, channel: str, recipient: str, key: str) -> Notice:
        """Tell a citizen to whom nothing may be sent any more that an answer waits for the next message."""
        return await self.send(WAITING, channel, recipient, {}, key)


class _Unfit(Exception):
    """A value that the template needs is missing or not of its field's type; the text shows no value."""


def _body(template: Template, channel: str, recipient: str, values: Mapping[str, str], key: str) -> dict[str, Any]:
    body: dict[str, Any] = {"touser": recipient, "template_id": template.template}
    body["data"] = {field: {"value": _value(field, text, values)} for field, text in template.data.items()}
    for name, address in (("url", template.url), ("page", template.page)):
        if address:
            body[name] = _address(address, values)
    if template.miniprogram:
        path = _address(template.miniprogram.pagepath, values)
        body["miniprogram"] = {"appid": template.miniprogram.appid, "pagepath": path}
    if template.kind == "template":
        body["client_msg_id"] = key
    if channel == "miniprogram":
        body |= {"miniprogram_state": template.state, "lang": "zh_CN"}
    return body


def _value(field: str, text: str, values: Mapping[str, str]) -> str:
    fitted = fit(field, _filled(text, values))
    if fitted is None:
        raise _Unfit(f"the value of {field} ({text}) is empty or not of that type")
    return fitted


def _address(text: str, values: Mapping[str, str]) -> str:
    return _filled(text, {name: quote(value, safe="") for name, value in values.items()})


def _filled(text: str, values: Mapping[str, str]) -> str:
    try:
        return text.format_map(values)
    except KeyError as error:
        raise _Unfit(f"the event has no value {error}") from None
