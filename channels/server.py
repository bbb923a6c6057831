"""The gateway's web server: every channel, health, metrics. Its process loads no model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw, redirect

from channels import metrics, pages
from channels.delivery.loop import DeliveryLoop
from channels.delivery.notices import Notices
from channels.delivery.platform import Platform
from channels.files import files
from channels.gateway import Gateway, Masks
from channels.headers import secure
from channels.readiness import Readiness
from channels.rest import OnNewMessage, RestInput
from channels.signin.registration import of_settings as registration_of
from channels.signin.replies import SignInReplies
from channels.slow_clients import Impatient
from channels.storage import Storage
from channels.tokens import TokenStore
from channels.web.socket import web_chat
from channels.web.suggest import suggest
from channels.wechat import templates
from channels.wechat.account import MINIPROGRAM, WECHAT, of_settings
from channels.wechat.api import WechatApi
from channels.wechat.input import MiniProgramInput, WeChatInput
from channels.wechat.notifications import Notifications
from channels.wecom.input import WeComInput
from foundation.addresses import LOOPBACK
from foundation.cipher import Cipher
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.inbox import Inbox
from foundation.settings import Settings
from foundation.vault import Vault
from knowledge_base.suggestions import Suggestions

log = logging.getLogger(__name__)

REPLY_WITHIN = 60.0
"""How long a REST client is kept waiting, in seconds."""

SANIC = {
    "REQUEST_MAX_SIZE": 256 * 1024,
    "REQUEST_TIMEOUT": 20,
    "RESPONSE_TIMEOUT": int(REPLY_WITHIN) + 15,
    "KEEP_ALIVE_TIMEOUT": 30,
    "GRACEFUL_SHUTDOWN_TIMEOUT": 3.0,
    "WEBSOCKET_MAX_SIZE": 32 * 1024,
    "WEBSOCKET_PING_INTERVAL": 20,
    "WEBSOCKET_PING_TIMEOUT": 20,
    "FALLBACK_ERROR_FORMAT": "json",
    "ACCESS_LOG": False,
    "MOTD": False,
}


def through(gateway: Gateway, reply_within: float) -> OnNewMessage:
    """What a Rasa input channel calls with each message: store it, wait for its turn, send the replies."""

    async def on_new_message(message: UserMessage) -> None:
        channel = str(message.input_channel)
        sender = message.sender_id.removeprefix(f"{channel}:")
        accepted = await gateway.receive(channel, sender, message.text, message.message_id, message.metadata)
        replies = await gateway.replies(accepted.id, reply_within)
        for reply in replies:
            await message.output_channel.send_response(message.sender_id, dict(reply.body))
        gateway.shown(replies)

    return on_new_message


def build(
    gateway: Gateway,
    readiness: Readiness,
    settings: Settings,
    channels: Sequence[InputChannel] | None = None,
    deliveries: Sequence[DeliveryLoop] = (),
) -> Sanic:
    """The app over a gateway, which it starts and stops, and the delivery loops likewise.

    `channels` are Rasa input channels; without them, REST only. The web chat is always there.
    """
    app = Sanic("zhengwu_gateway", configure_logging=False)
    app.config.update(SANIC)
    for channel in [rest_input(settings)] if channels is None else channels:
        app.blueprint(channel.blueprint(through(gateway, REPLY_WITHIN)), url_prefix=f"/webhooks/{channel.name()}")
    app.blueprint(web_chat(gateway, settings))
    pages.install(app, settings.hotline)
    app.register_middleware(secure, "response")

    @app.get("/")
    async def home(request: Request) -> HTTPResponse:
        if await readiness.missing():
            return pages.page("starting", 503, settings.hotline, refresh=2)
        return redirect("/chat")

    @app.get("/health")
    async def health(request: Request) -> HTTPResponse:
        reason = await readiness.missing()
        if reason:
            return json({"status": "starting", "reason": reason}, 503)
        return json({"status": "ok", **({"degraded": readiness.less} if readiness.less else {})})

    @app.get("/metrics")
    async def numbers(request: Request) -> HTTPResponse:
        metrics.ready.set(await readiness.missing() is None)
        metrics.inbox_waiting.set(readiness.waiting)
        metrics.workers_degraded.set(readiness.degraded)
        metrics.elsewhere.heard = readiness.counts
        return raw(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")

    @app.before_server_start
    async def start(app: Sanic, loop: Any) -> None:
        await gateway.start()
        for delivery in deliveries:
            await delivery.start()

    @app.after_server_stop
    async def stop(app: Sanic, loop: Any) -> None:
        await asyncio.gather(*(delivery.stop() for delivery in deliveries))
        await gateway.stop()
        readiness.close()

    return app


def rest_input(settings: Settings) -> RestInput:
    """The REST channel; off loopback it asks for ZHENGWU_REST_TOKEN, and lets nobody in while that is not set."""
    if settings.host in LOOPBACK:
        return RestInput(None, settings.hotline)
    if settings.rest_token is None:
        log.warning(
            "ZHENGWU_HOST is open to other machines: the REST channel refuses all until ZHENGWU_REST_TOKEN is set"
        )
        return RestInput(token_urlsafe(32), settings.hotline)
    return RestInput(settings.rest_token.get_secret_value(), settings.hotline)


def assemble(
    settings: Settings,
    database: Database,
    vault: Masks,
    clock: Clock | None = None,
    platforms: Sequence[Platform] = (),
) -> Sanic:
    """The app over a database, with the accounts in the settings. `platforms` are further ones that we send to.

    Raises:
        ConfigError: an account's settings are incomplete or cannot be right, or the table of templates is malformed.
    """
    clock, cipher = clock or SystemClock(), Cipher.of_settings(settings)
    registration = registration_of(settings)
    shortcut = SignInReplies(cipher) if registration else None
    gateway = Gateway(database, Inbox(cipher), vault, clock, settings, shortcut=shortcut)
    tokens = TokenStore(database, cipher, clock)
    channels: list[InputChannel] = [rest_input(settings)]
    for kind, channel in ((WeChatInput, WECHAT), (MiniProgramInput, MINIPROGRAM)):
        if account := of_settings(settings, channel):
            # Who may not send gives what is owed when the citizen writes again.
            api = None if account.reply == "harvest" else WechatApi.for_account(account, tokens)
            channels.append(kind(account, gateway, api))
            platforms = [*platforms, *([api] if api else [])]
    if wecom := WeComInput.over(gateway, settings, tokens, clock):
        channels.append(wecom)
        platforms = [*platforms, *wecom.platforms]
    deliveries = [
        DeliveryLoop(gateway.storage, platform, clock, notices(gateway.storage, platform, settings, clock))
        for platform in platforms
    ]
    app = build(gateway, Readiness(database, clock), settings, channels, deliveries)
    app.blueprint(suggest(Suggestions(database, clock), settings))
    app.blueprint(files(database))
    if registration:
        from channels.signin.install import install as sign_in  # brings the libraries of OpenID Connect

        sign_in(app, registration, gateway, cipher, clock)

    @app.after_server_stop
    async def close(app: Sanic, loop: Any) -> None:
        await tokens.close()

    return app


def notices(storage: Storage, platform: Platform, settings: Settings, clock: Clock) -> Notices | None:
    """What tells citizens of this platform outside their windows; None where it has no such messages.

    Raises:
        ConfigError: the table of templates cannot be read or is malformed.
    """
    table = templates.load(settings.wechat_templates_file)
    if not isinstance(platform, WechatApi):
        return None
    common = {"office": settings.office_name, "hotline": settings.hotline}
    notifications = Notifications(table, {platform.channel: platform}, clock, common)
    return Notices(storage, platform.channel, notifications, clock) if notifications.events(platform.channel) else None


def serve(settings: Settings) -> None:
    """Serve on ZHENGWU_HOST:ZHENGWU_BOT_PORT until SIGTERM or Ctrl-C."""
    database = Database(settings.database_url)
    app = assemble(settings, database, Vault(Cipher.of_settings(settings)))
    log.info("gateway listens on http://%s:%d", settings.host, settings.bot_port)
    try:
        app.run(
            settings.host, settings.bot_port, workers=1, protocol=Impatient, debug=False, access_log=False, motd=False
        )
    finally:
        database.close()
