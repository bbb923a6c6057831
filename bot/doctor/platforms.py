"""Do WeChat and WeCom give this machine an access token: are id and secret right, and is its address allowed?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from bot.doctor.finding import Sick
from bot.doctor.outside import SECONDS, Server
from channels.calls import Calls
from channels.delivery.platform import SendError
from channels.tokens import gettoken, stable_token
from channels.wechat import account as wechat_account
from channels.wechat.errors import wechat_errors, wecom_errors
from channels.wecom import account as wecom_account
from foundation.settings import Settings

BAD_CREDENTIAL, BAD_SECRET = 40001, 40125
OF_THE_AGENT = frozenset({60020, 40056, 301002})
"""What WeCom may say of an application although it gave a token: address not trusted, another AgentId."""
COPY = "copy it again, whole; one that was reset there makes the former one void. Then restart the gateways"
ALLOW = (
    "add exactly that address, and those of all machines with a gateway or a console (it fetches citizens' pictures); "
    "it holds within minutes, without a restart"
)
CURES = {
    BAD_CREDENTIAL: COPY,
    BAD_SECRET: COPY,
    40013: "compare it with the account's page: it begins with wx (WeCom: ww)",
    40164: ALLOW,
    60020: ALLOW,
    45009: "wait for the next day, and see which other program draws tokens of this account",
}
NONE = "no account is configured"


def wechat(settings: Settings) -> str:
    return _wechat(settings, wechat_account.WECHAT)


def miniprogram(settings: Settings) -> str:
    return _wechat(settings, wechat_account.MINIPROGRAM)


def wecom(settings: Settings) -> str:
    account = wecom_account.of_settings(settings)
    if account is None:
        return NONE
    server = Server("ZHENGWU_WECOM_API_BASE", account.api_base)
    secret = account.secret or ""

    async def ask(calls: Calls) -> None:
        token = await gettoken(calls, account.app_id, secret)()
        try:
            await calls.get("/cgi-bin/agent/get", access_token=token.value, agentid=str(account.agent_id))
        except SendError as error:
            if error.code in OF_THE_AGENT:
                raise

    errors = wecom_errors()
    _run(lambda: Calls(account.api_base, errors, deadline=SECONDS), ask, server)
    return f"{server.host} gives a token and knows the application {account.agent_id}"


def _wechat(settings: Settings, channel: str) -> str:
    account = wechat_account.of_settings(settings, channel)
    if account is None:
        return NONE
    if (secret := account.secret) is None:
        return "the account has no secret: replies wait until the citizen writes again (harvest)"
    server = Server(f"ZHENGWU_{channel.upper()}_API_BASE", account.api_base)
    errors = wechat_errors(channel)

    async def ask(calls: Calls) -> None:
        try:
            await stable_token(calls, account.app_id, secret)()
        except SendError as error:
            if error.code != BAD_CREDENTIAL:
                raise
            # Of a call that needs no token, this code speaks of the secret.
            raise errors.error("/cgi-bin/stable_token", BAD_SECRET) from None

    _run(lambda: Calls(account.api_base, errors, deadline=SECONDS), ask, server)
    return f"{server.host} gives a token"


def _run(calls: Callable[[], Calls], ask: Callable[[Calls], Awaitable[None]], server: Server) -> None:
    async def once() -> None:
        opened = calls()
        try:
            await ask(opened)
        finally:
            with contextlib.suppress(Exception):
                await opened.close()

    try:
        asyncio.run(once())
    except SendError as error:
        reach = f"does this machine reach {server.host}:{server.port}? See the line proxy; {server.setting}"
        raise Sick(str(error), CURES.get(error.code, reach if error.code == 0 else "docs/wechat.md")) from None
