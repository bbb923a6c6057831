"""WeChat as Rasa input channels: an official account (公众号, 服务号) and a mini-program's customer service.

Under `zhengwu serve` they stand before the gateway, under `rasa run` (credentials.yml) before Rasa's agent.
"""

from __future__ import annotations

import logging
import time
from asyncio import get_running_loop
from typing import Any, Protocol

from rasa.core.channels.channel import InputChannel, OutputChannel
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, text

from channels.delivery.platform import Platform
from channels.house import House
from channels.messages import sentence
from channels.refused import Refused
from channels.rest import OnNewMessage
from channels.tokens import TokenStore
from channels.wechat.account import MINIPROGRAM, WECHAT, Account, of_credentials
from channels.wechat.agent_house import AgentHouse
from channels.wechat.api import WechatApi
from channels.wechat.callback import MOST_BYTES, Callbacks, Opened, Query, arguments
from channels.wechat.events import take_in
from channels.wechat.incoming import Event, Incoming
from channels.wechat.media import Media
from channels.wechat.output import MiniprogramOutput, WechatOutput
from channels.wechat.parsing import parse
from channels.wechat.passive import Strategy, strategy
from channels.wechat.reception import Reception
from channels.wechat.speech import Speech
from channels.wechat.xml import legal
from foundation.errors import ConfigError, DecodeError, SignatureError

log = logging.getLogger(__name__)


class BadCredentials(ConfigError, RasaException):
    """Shown by Rasa's commands without a trace."""


class Api(Platform, Protocol):
    """channels.wechat.api.WechatApi: what sends, and what keeps files."""

    media: Media


class WeChatInput(InputChannel):
    """GET and POST /webhooks/wechat/webhook: what WeChat calls 服务器地址(URL)."""

    channel = WECHAT
    output: type[WechatOutput] = WechatOutput

    def __init__(self, account: Account, house: House | None = None, api: Api | None = None) -> None:
        """
        Args:
            house: the gateway; without one, Rasa's agent as it is given to `blueprint`.
            api: what sends, and downloads recordings; None where the account may not.

        Raises:
            ConfigError: the program for recordings is not there.
        """
        self._account, self._house, self._api = account, house, api
        self._callbacks = Callbacks(account)
        command = account.speech_command
        self._speech = Speech(command, api.media.download) if command and api is not None else None

    @classmethod
    def name(cls) -> str:
        return cls.channel

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WeChatInput:
        """The channel of a section of credentials.yml. Raises BadCredentials: the text names the key and the cure."""
        try:
            account = of_credentials(credentials, cls.channel, f"{cls.__module__}.{cls.__name__}")
            sends = account.reply != "harvest"
            return cls(account, api=WechatApi.for_account(account, TokenStore()) if sends else None)
        except ConfigError as error:
            raise BadCredentials(str(error)) from None

    def get_output_channel(self) -> OutputChannel | None:
        """Sends by the API: for reminders, and for what is triggered from outside."""
        return None if self._api is None else self.output(self._api)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        own: AgentHouse | None = None
        if self._house is None:
            output = self.output(self._api, at_once=False) if self._api else None
            own = AgentHouse(self.channel, on_new_message, self._api, output, self._account.hotline)
        house: House = self._house or own  # type: ignore[assignment]
        reception = self._reception(house)
        way = strategy(self._account, house)
        webhook = Blueprint(f"{self.channel}_webhook", url_prefix=f"/webhooks/{self.channel}")

        @webhook.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @webhook.get("/webhook")
        async def verify(request: Request) -> HTTPResponse:
            try:
                echo = self._callbacks.echo(query(request))
            except SignatureError as error:
                return self._forbidden(error)
            return HTTPResponse(echo.encode("latin-1"), content_type="text/plain; charset=utf-8")

        @webhook.post("/webhook")
        async def receive(request: Request) -> HTTPResponse | None:
            return await self._receive(request, reception, way)

        async def close(*_: Any) -> None:
            await reception.close()
            await way.close()
            if own is not None:
                await own.close()
                if self._api is not None:
                    await self._api.close()

        webhook.listener("before_server_stop")(close)
        return webhook

    def _reception(self, house: House) -> Reception:
        return Reception(house, self._account, self._speech)

    def _message(self, opened: Opened) -> Incoming:
        """What a callback says. Raises DecodeError: it says nothing that can be used."""
        return parse(opened.fields, opened.posted)

    async def _receive(self, request: Request, reception: Reception, way: Strategy) -> HTTPResponse | None:
        arrived = get_running_loop().time()
        if len(request.body) > MOST_BYTES:
            return HTTPResponse(status=413)
        try:
            opened = self._callbacks.open(query(request), request.body)
            message = self._message(opened)
        except SignatureError as error:
            return self._forbidden(error)
        except DecodeError as error:
            log.warning("a callback cannot be used: %s", error, extra={"channel": self.channel})
            return success()
        try:
            accepted = await take_in(reception, message, arrived + way.deadline)
            if accepted is not None and accepted.late:
                log.warning("a callback came again long after it was answered", extra={"channel": self.channel})
                return success()
            given = await way.answer(accepted, message.sender, arrived) if accepted else None
        except Refused as refused:
            return self._refused(refused, message, opened)
        except Exception:  # ours, whatever it is; the platform would only show its own error to the citizen
            log.exception("a callback could not be handled")
            failed = Refused(503, sentence("refused.unavailable", hotline=self._account.hotline))
            return self._refused(failed, message, opened)
        if given is None:
            return success()
        # Written here and now, so that what follows knows that it went out.
        sending = await request.respond(self._reply(given.text, message, opened))
        await sending.send(end_stream=True)
        reception.house.delivered(list(given.replies))
        return None

    def _reply(self, said: str, message: Incoming, opened: Opened) -> HTTPResponse:
        """The answer that says a text to whom the callback came from."""
        created = int(time.time())
        fields = {
            "ToUserName": message.sender,
            "FromUserName": message.to,
            "CreateTime": created,
            "MsgType": "text",
            "Content": legal(said).strip(),
        }
        body = self._callbacks.seal(fields, opened)
        return HTTPResponse(body.encode("utf-8", "replace"), content_type=opened.form.value)

    def _refused(self, refused: Refused, message: Incoming, opened: Opened) -> HTTPResponse:
        """Tell the citizen why, where an answer can; where it cannot, have the platform come again if that may help."""
        if self._account.passive and not isinstance(message, Event):
            return self._reply(refused.reason, message, opened)
        return HTTPResponse(status=503) if refused.status in (429, 503) else success()

    def _forbidden(self, error: SignatureError) -> HTTPResponse:
        log.info("a callback was refused: %s", error, extra={"channel": self.channel})
        return HTTPResponse(status=403, content_type="text/plain; charset=utf-8")


class MiniProgramInput(WeChatInput):
    """GET and POST /webhooks/miniprogram/webhook: the 消息推送 of a mini-program, in XML or JSON."""

    channel = MINIPROGRAM
    output = MiniprogramOutput


def query(request: Request) -> Query:
    """The arguments of a request. Raises SignatureError: they are no arguments."""
    try:
        return arguments(request.query_string)
    except UnicodeDecodeError:
        raise SignatureError("a callback's address is not UTF-8") from None


def success() -> HTTPResponse:
    """What tells WeChat that nothing more comes of this callback."""
    return text("success")
