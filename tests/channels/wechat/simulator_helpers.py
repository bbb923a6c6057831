"""A simulator beside a gateway that answers what each test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from channels.wechat.simulator import Simulator
from foundation.clock import FixedClock
from foundation.settings import Settings, load_settings

TOKEN, AES_KEY = "AAAAA", "A" * 43
APP_ID, CORP_ID = "wxba5fad812f8e6fb9", "ww5fad812f8e6fb9ba"
SECRET, CORP_SECRET = "5" * 32, "6" * 43
Answer = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


def settings(**changes: Any) -> Settings:
    """An official account, a mini-program and a corporation."""
    common = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
    values: dict[str, Any] = {
        "secret_key": "5a" * 32,
        "wechat_app_id": APP_ID,
        "miniprogram_app_id": "wx0123456789abcdef",
        "wecom_corp_id": CORP_ID,
        "wecom_agent_id": "1000002",
        **{f"{kind}_{name}": value for kind in ("wechat", "miniprogram", "wecom") for name, value in common.items()},
        "wecom_secret": CORP_SECRET,
    }
    return load_settings(_env_file=None, **{**values, **changes})


def passive(fields: dict[str, str], content: str, **changes: Any) -> str:
    """The XML of a text from the account to the user of `fields`."""
    values = {"ToUserName": fields["FromUserName"], "FromUserName": fields["ToUserName"], "CreateTime": 1700000000}
    values |= {"MsgType": "text", "Content": content, **changes}
    return "<xml>" + "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in values.items()) + "</xml>"


async def success(request: web.Request, body: bytes) -> web.StreamResponse:
    return web.Response(text="success")


class Gateway:
    """Keeps every callback: `queries` and `bodies`; answers with `answer`."""

    def __init__(self) -> None:
        self.answer: Answer = success
        self.queries: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.types: list[str] = []
        self.address = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.queries.append(dict(request.query))
        self.bodies.append(body)
        self.paths.append(request.path)
        self.types.append(request.content_type)
        return await self.answer(request, body)


@asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    found = Gateway()
    app = web.Application()
    app.router.add_route("*", "/webhooks/{path:.*}", found.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()


class Client:
    """Calls the simulator as the assistant does."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self._base, self._session = simulator.address, session
        self.token = ""

    async def get(self, path: str, **query: str) -> Any:
        async with self._session.get(self._base + path, params=self._query(query)) as response:
            return await response.json(content_type=None)

    async def post(self, path: str, body: Any, **query: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        async with self._session.post(
            self._base + path, data=raw, params=self._query(query), headers={"Content-Type": "application/json"}
        ) as response:
            return await response.json(content_type=None)

    async def upload(self, kind: str, content: bytes) -> Any:
        form = aiohttp.FormData()
        form.add_field("media", content, filename="a.png")
        query = self._query({"type": kind})
        async with self._session.post(f"{self._base}/cgi-bin/media/upload", data=form, params=query) as response:
            return await response.json(content_type=None)

    async def sign_in(self, app_id: str = APP_ID) -> Client:
        asked = {"grant_type": "client_credential", "appid": app_id, "secret": SECRET}
        self.token = (await self.post("/cgi-bin/stable_token", asked))["access_token"]
        return self

    async def sign_in_to_corporation(self) -> Client:
        self.token = (await self.get("/cgi-bin/gettoken", corpid=CORP_ID, corpsecret=CORP_SECRET))["access_token"]
        return self

    async def send(self, to: str, text: str) -> int:
        body = {"touser": to, "msgtype": "text", "text": {"content": text}}
        return int((await self.post("/cgi-bin/message/custom/send", body))["errcode"])

    def _query(self, query: dict[str, str]) -> dict[str, str]:
        return {**({"access_token": self.token} if self.token else {}), **query}


@asynccontextmanager
async def simulated(
    clock: FixedClock, patience: float = 5.0, **changes: Any
) -> AsyncIterator[tuple[Simulator, Gateway, Client]]:
    """A simulator whose clock the test moves, the gateway it posts to, and a client of its interface."""
    async with (
        gateway() as posted_to,
        Simulator(settings(**changes), posted_to.address, clock=clock, patience=patience) as simulator,
        aiohttp.ClientSession() as session,
    ):
        yield simulator, posted_to, Client(simulator, session)


async def late(seconds: float, answer: Answer, request: web.Request, body: bytes) -> web.StreamResponse:
    await asyncio.sleep(seconds)
    return await answer(request, body)
