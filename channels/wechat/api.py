"""An official account or a mini-program, as a platform to deliver to: the customer-service interface 客服消息.

developers.weixin.qq.com: POST /cgi-bin/message/custom/send and …/typing. The platform gives these messages no id and
takes none of ours, so an answer that was lost leaves it open whether the citizen got the message.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from channels.calls import Calls
from channels.delivery.platform import Action, SendError
from channels.rendering import Image, Menu, Part, Style, Text
from channels.tokens import AccessToken, TokenStore, stable_token
from channels.wechat.account import Account
from channels.wechat.errors import Errors, wechat_errors
from channels.wechat.media import Media
from foundation.clock import Clock
from foundation.errors import ConfigError

log = logging.getLogger(__name__)

SEND = "/cgi-bin/message/custom/send"
TYPING = {
    "wechat": "/cgi-bin/message/custom/typing",
    "miniprogram": "/cgi-bin/message/custom/business/typing",
}
TYPING_LASTS = timedelta(seconds=15)
"""So long the platform shows the sign; meanwhile it may not be repeated (45081)."""
MEDIA_GONE = 40007


class WechatApi:
    """A `channels.delivery.platform.Platform`."""

    def __init__(
        self, channel: str, calls: Calls, token: AccessToken, media: Media, errors: Errors, clock: Clock, *,
        hotline: str = "12345", typing_path: str | None = None,
    ) -> None:  # fmt: skip
        self.channel, self.media = channel, media
        self._calls, self._token, self._errors, self._clock = calls, token, errors, clock
        # A mini-program has text, pictures and cards, and no menus.
        self._style = Style(menu=channel == "wechat", hotline=hotline)
        self._typing_path = typing_path or TYPING[channel]
        self._typing: dict[str, datetime] = {}

    @classmethod
    def of(
        cls, channel: str, base: str, app_id: str, secret: str, tokens: TokenStore, *,
        hotline: str = "12345", typing_path: str | None = None,
    ) -> WechatApi:  # fmt: skip
        """The client of one account.

        Args:
            channel: wechat or miniprogram.

        Raises:
            ConfigError: the base address is none.
        """
        errors = wechat_errors(channel)
        calls = Calls(base, errors)
        token = tokens.account(f"{channel}:{app_id}", stable_token(calls, app_id, secret), errors.token)
        clock = tokens.clock
        media = Media(calls, token, clock)
        return cls(channel, calls, token, media, errors, clock, hotline=hotline, typing_path=typing_path)

    @classmethod
    def for_account(cls, account: Account, tokens: TokenStore) -> WechatApi:
        """The client of an account as the settings or credentials.yml describe it.

        Raises:
            ConfigError: it has no secret, or the base address is none.
        """
        if account.secret is None:
            setting = f"ZHENGWU_{account.channel.upper()}_SECRET"
            raise ConfigError(f"{setting} is not set: copy the AppSecret from 公众平台 → 设置与开发 → 基本配置")
        base, app_id, hotline = account.api_base, account.app_id, account.hotline
        return cls.of(account.channel, base, app_id, account.secret, tokens, hotline=hotline)

    def style(self) -> Style:
        return self._style

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        """See Platform.send. The platform knows no `key`."""
        message = await self._message(part)
        try:
            return await self._deliver(recipient, message)
        except SendError as error:
            if isinstance(part, Image) and error.code == MEDIA_GONE:
                self.media.forget(message["image"]["media_id"])
            elif error.action is Action.FEATURE_OFF and not isinstance(part, Menu):
                # Nothing is plainer than a text: where that is not granted, nothing can be sent at all.
                action = Action.BROKEN if isinstance(part, Text) else Action.DROP
                raise SendError(error.code, action, str(error)) from None
            else:
                raise
        return await self._deliver(recipient, await self._message(part))

    async def typing(self, recipient: str) -> None:
        """Show 对方正在输入, unless it is shown already."""
        now = self._clock.now()
        if now < self._typing.get(recipient, now):
            return
        self._typing = {known: until for known, until in self._typing.items() if until > now}
        self._typing[recipient] = now + TYPING_LASTS
        try:
            await self.post(self._typing_path, {"touser": recipient, "command": "Typing"})
        except SendError as error:
            log.debug("no typing sign: %s", error)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST with a valid access token; a refused one is renewed once.

        Raises:
            SendError: the platform refused, or did not answer.
        """
        return await self._token.use(lambda token: self._calls.post(path, body, access_token=token))

    async def close(self) -> None:
        """Give up connections. The token store is closed by whoever made it."""
        await self._calls.close()

    async def _deliver(self, recipient: str, message: dict[str, Any]) -> str | None:
        answer = await self.post(SEND, {"touser": recipient, **message})
        return str(answer["msgid"]) if answer.get("msgid") else None

    async def _message(self, part: Part) -> dict[str, Any]:
        if isinstance(part, Image):
            return {"msgtype": "image", "image": {"media_id": await self.media.image(part.url)}}
        if isinstance(part, Text):
            if not part.text.strip():
                raise self._errors.error(SEND, 44004)
            return {"msgtype": "text", "text": {"content": part.text}}
        if not self._style.menu:
            raise SendError(0, Action.FEATURE_OFF, f"{SEND}: a mini-program has no menus")
        lines = [{"id": choice.id, "content": choice.title} for choice in part.choices]
        menu = {"head_content": part.head, "list": lines, "tail_content": part.tail}
        return {"msgtype": "msgmenu", "msgmenu": menu}
