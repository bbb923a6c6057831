"""A messaging platform on a real socket: it takes what the protocol sheet says and fails on demand."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

APP_ID, SECRET = "wx5823bf96d3bd56c7", "S3CRET-of-the-account-0123456789"
OPENID = "oAbCdEfGhIjKlMnOpQrStUvWxYz0"
Reply = Callable[[web.Request], Any]


class PlatformFake:
    """Counts calls, keeps bodies, and gives each path's queued failures before it does its work.

    A failure is an errcode (int), a status with text (tuple), "drop" (hang up after the whole request was read), or
    a number of seconds to wait first (float).
    """

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.bodies: dict[str, list[bytes]] = defaultdict(list)
        self.queries: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.failures: dict[str, deque[int | float | str | tuple[int, str]]] = defaultdict(deque)
        self.always: dict[str, int | str] = {}
        self.errmsg = "hint: [oAbCdEfGhIjKlMnOpQrStUvWxYz0] invalid ip 203.0.113.9, rid: 65f0a1b2-1c2d3e4f-5a6b7c8d"
        self.valid: set[str] = set()
        self.issued = 0
        self.media: dict[str, bytes] = {}
        self.expires_in = 7200
        self.same_token = False
        self.checks_token = True
        self.base = ""
        self.files: dict[str, web.Response] = {}
        self.at_once = self.most_at_once = 0

    def sent(self, path: str = "/cgi-bin/message/custom/send") -> list[dict[str, Any]]:
        """The JSON bodies a path got."""
        return [json.loads(body) for body in self.bodies[path]]

    def fail(self, path: str, *failures: int | float | str | tuple[int, str]) -> None:
        self.failures[path].extend(failures)

    def issue(self) -> str:
        if not (self.same_token and self.issued):
            self.issued += 1
        token = f"TOKEN-{self.issued}-" + "t0ken" * 20
        self.valid = {token}
        return token

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.calls[path] += 1
        self.queries[path].append(dict(request.query))
        body = await request.read()
        self.bodies[path].append(body)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(request, path, body)
        finally:
            self.at_once -= 1

    async def _answer(self, request: web.Request, path: str, body: bytes) -> web.StreamResponse:
        while self.failures[path] or path in self.always:
            failure = self.failures[path].popleft() if self.failures[path] else self.always[path]
            if isinstance(failure, float):
                await asyncio.sleep(failure)
                continue
            if failure == "drop":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if isinstance(failure, tuple):
                return web.Response(status=failure[0], text=failure[1], headers={"Location": "http://127.0.0.1:9/"})
            if failure:
                return web.json_response({"errcode": failure, "errmsg": self.errmsg})
            break
        if path in self.files:
            return self.files.pop(path) if request.query.get("once") else _copy(self.files[path])
        if path == "/cgi-bin/stable_token":
            return self._stable_token(json.loads(body))
        if path == "/cgi-bin/gettoken":
            return self._gettoken(dict(request.query))
        if self.checks_token and request.query.get("access_token") not in self.valid:
            return web.json_response({"errcode": 40001, "errmsg": self.errmsg})
        if path == "/cgi-bin/media/upload":
            return await self._upload(body)
        if path == "/cgi-bin/media/get":
            return self._get(request.query["media_id"])
        given = {"msgid": 2078110000} if "template" in path or "subscribe" in path else {}
        return web.json_response({"errcode": 0, "errmsg": "ok", **given})

    def _stable_token(self, body: dict[str, Any]) -> web.Response:
        if body.get("appid") != APP_ID:
            return web.json_response({"errcode": 40013, "errmsg": "invalid appid"})
        if body.get("secret") != SECRET:
            return web.json_response({"errcode": 40125, "errmsg": f"invalid appsecret {body.get('secret')}"})
        assert body == {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": False}
        return web.json_response({"access_token": self.issue(), "expires_in": self.expires_in})

    def _gettoken(self, query: dict[str, str]) -> web.Response:
        if query.get("corpsecret") != SECRET:
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        return web.json_response(
            {"errcode": 0, "errmsg": "ok", "access_token": self.issue(), "expires_in": self.expires_in}
        )

    async def _upload(self, body: bytes) -> web.Response:
        assert b'name="media"; filename="' in body
        media_id = f"MEDIA-{len(self.media) + 1}"
        self.media[media_id] = body
        return web.json_response({"type": "image", "media_id": media_id, "created_at": 1}, content_type="text/plain")

    def _get(self, media_id: str) -> web.Response:
        if media_id not in self.media:
            return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"}, content_type="text/plain")
        return web.Response(body=self.media[media_id], content_type="audio/amr")


def _copy(response: web.Response) -> web.Response:
    return web.Response(body=response.body, status=response.status, headers=dict(response.headers))


@asynccontextmanager
async def running() -> AsyncIterator[PlatformFake]:
    """The platform, listening on a free port of this machine; its address is `base`."""
    fake = PlatformFake()
    app = web.Application(client_max_size=32 << 20)
    app.router.add_route("*", "/{path:.*}", fake.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.base = f"http://{host}:{port}"
    try:
        yield fake
    finally:
        await runner.cleanup()
