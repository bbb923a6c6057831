"""WeCom as a Rasa input channel: an application's members, and the customers of 微信客服 behind the same address.

Callbacks of an application hold a message, which is answered as an official account's. Those of 微信客服 only say that
there is something to be read: they are acknowledged at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sanic import Blueprint

from channels.delivery.platform import Platform
from channels.gateway import Gateway
from channels.house import House
from channels.rest import OnNewMessage
from channels.tokens import TokenStore
from channels.wechat.agent_house import AgentHouse
from channels.wechat.callback import Opened
from channels.wechat.incoming import Event, Incoming
from channels.wechat.input import BadCredentials, WeChatInput
from channels.wechat.output import WechatOutput
from channels.wecom.account import APP, KF, WeComAccount, of_credentials, of_settings
from channels.wecom.api import AppPlatform
from channels.wecom.callback import KF_EVENT, WeComCallbacks
from channels.wecom.client import Client
from channels.wecom.cursors import Cursors, RememberedCursors, StoredCursors
from channels.wecom.kf import KfPlatform
from channels.wecom.kf_api import KfApi
from channels.wecom.kf_failures import marks
from channels.wecom.kf_messages import KfMessages, Undelivered
from channels.wecom.kf_puller import KfPuller
from channels.wecom.output import KfOutput, WeComOutput
from channels.wecom.reception import WeComReception
from channels.wecom.states import States
from foundation.clock import Clock, SystemClock
from foundation.errors import ConfigError, DecodeError
from foundation.settings import Settings


class WeComInput(WeChatInput):
    """GET and POST /webhooks/wecom/webhook: what WeCom calls 接收消息服务器 URL, of the application and of 微信客服."""

    channel = APP
    output: type[WechatOutput] = WeComOutput

    def __init__(
        self,
        account: WeComAccount,
        tokens: TokenStore,
        house: House | None = None,
        cursors: Cursors | None = None,
        undelivered: Undelivered | None = None,
        clock: Clock | None = None,
    ) -> None:
        """
        Args:
            house: the gateway; without one, Rasa's agent as it is given to `blueprint`.
            cursors: how far 微信客服 was read; without them, in memory.
            undelivered: what notes that 微信客服 did not deliver a message after all.

        Raises:
            ConfigError: a setting cannot be right.
        """
        agent_id, secret, hotline = account.agent_id, account.secret or "", account.hotline
        self._client = Client.of(account.api_base, account.app_id, str(agent_id), secret, tokens)
        self._app = AppPlatform(self._client, agent_id, hotline)
        super().__init__(account, house, self._app)
        self._callbacks: WeComCallbacks = WeComCallbacks(account)
        self._clock = clock or SystemClock()
        self._cursors = cursors or RememberedCursors(self._clock)
        self._undelivered = undelivered
        self._kf_api = KfApi(self._client)
        self.states = States(self._kf_api)
        """Who serves a customer, and handing over to a person."""
        self._kf = KfPlatform(self._client, self._kf_api, self.states, hotline)
        self._puller: KfPuller | None = None

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WeComInput:
        """The channel of a section of credentials.yml. Raises BadCredentials: the text names the key and the cure."""
        try:
            return cls(of_credentials(credentials, f"{cls.__module__}.{cls.__name__}"), TokenStore())
        except ConfigError as error:
            raise BadCredentials(str(error)) from None

    @classmethod
    def over(cls, gateway: Gateway, settings: Settings, tokens: TokenStore, clock: Clock) -> WeComInput | None:
        """The channel before the gateway; None where ZHENGWU_WECOM_CORP_ID is not set.

        Raises:
            ConfigError: something that it needs is missing or malformed; the text names the variable.
        """
        account = of_settings(settings)
        if account is None:
            return None
        return cls(account, tokens, gateway, StoredCursors(gateway.storage, clock), marks(gateway, clock), clock)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """What sends to members and to customers."""
        return self._app, self._kf

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        webhook = super().blueprint(on_new_message)
        own: AgentHouse | None = None
        if self._house is None:
            output = KfOutput(self._kf, at_once=False)
            own = AgentHouse(KF, on_new_message, self._kf, output, self._account.hotline)
        house: House = self._house or own  # type: ignore[assignment]
        reception = WeComReception(house, replace(self._account, channel=KF), window="message")
        messages = KfMessages(reception, self._kf_api, self.states, self._clock, self._undelivered)
        puller = self._puller = KfPuller(self._kf_api, self._cursors, messages.handle, self._clock)

        async def start(*_: Any) -> None:
            puller.start()

        async def stop(*_: Any) -> None:
            await puller.stop()
            if own is not None:
                await own.close()

        async def close(*_: Any) -> None:
            await self._client.close()

        webhook.listener("before_server_start")(start)
        webhook.listener("before_server_stop")(stop)
        webhook.listener("after_server_stop")(close)
        return webhook

    def _reception(self, house: House) -> WeComReception:
        return WeComReception(house, self._account, self._speech)

    def _message(self, opened: Opened) -> Incoming:
        message = super()._message(opened)
        if isinstance(message, Event) and message.name == KF_EVENT and self._puller is not None:
            open_kfid, token = opened.fields.get("OpenKfId"), opened.fields.get("Token")
            if not isinstance(open_kfid, str) or not 0 < len(open_kfid) <= 64:
                raise DecodeError("an event of 微信客服 does not name its account")
            self._puller.wake(open_kfid, token if isinstance(token, str) else "")
        return message
