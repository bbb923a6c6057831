"""The platform's interface over HTTP: tokens, failures on demand, one answer to each call."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from aiohttp import web

from channels.wechat.simulator import bodies, wechat_calls, wecom_calls
from channels.wechat.simulator.bodies import Json
from channels.wechat.simulator.faults import Fault
from channels.wechat.simulator.media import File
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.records import Call
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.wechat_calls import Asked
from channels.wechat.simulator.words import word

BIGGEST = 12 << 20
TOKENS = {"/cgi-bin/token": "GET", "/cgi-bin/stable_token": "POST", "/cgi-bin/gettoken": "GET"}
CALLS = {"wechat": wechat_calls.CALLS, "wecom": wecom_calls.CALLS}
ONLY_WECOM = wecom_calls.CALLS.keys() - wechat_calls.CALLS.keys()


class Interface:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def install(self, app: web.Application) -> None:
        app.router.add_route("*", "/cgi-bin/{path:.*}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call; its failure on demand first."""
        platform, path = self._platform, request.path
        raw, files = await _read(request)
        platform.records.counts[path] += 1
        fault = platform.faults.next(path) or Fault(path)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop == "before":
            return self._hang_up(request, word("why.dropped_before"))
        if fault.status != HTTPStatus.OK:
            self._note(path, "", 0, f"HTTP {fault.status}")
            return web.Response(status=fault.status, text="<html>upstream</html>", content_type="text/html")
        channel, result = "", None
        try:
            if fault.errcode:
                raise Refusal(fault.errcode)
            channel, result = await self._answer(request.method, path, dict(request.query), raw, files)
            said = {"errcode": 0, "errmsg": "ok", **result} if isinstance(result, dict) else {}
        except Refusal as refusal:
            said = refusal.body()
        if fault.drop == "after":
            return self._hang_up(request, word("why.dropped_after"))
        self._note(path, channel, int(str(said.get("errcode", 0))))
        if isinstance(result, File):
            return web.Response(body=result.content, content_type=result.content_type)
        return web.json_response(_without_ok(path, said), dumps=lambda value: json.dumps(value, ensure_ascii=False))

    async def _answer(
        self, method: str, path: str, query: dict[str, str], raw: bytes, files: dict[str, bytes]
    ) -> tuple[str, Json | File]:
        """The account's channel and the answer.

        Raises:
            Refusal: the platform says no.
        """
        if path in TOKENS:
            _require(method, TOKENS[path])
            return "", self._token(path, query, raw)
        only_wecom = any((verb, path) in ONLY_WECOM for verb in ("GET", "POST"))
        account = self._platform.tokens.account(query.get("access_token", ""), only_wecom)
        calls = CALLS["wecom" if account.corporate else "wechat"]
        handler = calls.get((method, path))
        if handler is None:
            for verb in ("GET", "POST"):
                if (verb, path) in calls:
                    _require(method, verb)
            raise Refusal(40066)
        channel = "wecom-kf" if path.startswith("/cgi-bin/kf/") else account.channel
        return channel, await handler(Asked(self._platform, account, path, query, raw, files))

    def _token(self, path: str, query: dict[str, str], raw: bytes) -> Json:
        if path == "/cgi-bin/token":
            return wechat_calls.token(self._platform, query)
        if path == "/cgi-bin/gettoken":
            return wecom_calls.gettoken(self._platform, query)
        return wechat_calls.stable_token(self._platform, bodies.decode(raw))

    def _hang_up(self, request: web.Request, note: str) -> web.Response:
        self._note(request.path, "", 0, note)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _note(self, path: str, channel: str, errcode: int, note: str = "") -> None:
        records = self._platform.records
        records.calls.append(Call(records.number(), self._platform.clock.now(), path, channel, errcode, note))
        records.mark()


async def _read(request: web.Request) -> tuple[bytes, dict[str, bytes]]:
    """The body, or the files of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read(), {}
    files = {}
    async for part in await request.multipart():
        name = getattr(part, "name", None)
        if name:
            files[str(name)] = bytes(await part.read(decode=False))
    return b"", files


def _require(method: str, wanted: str) -> None:
    if method != wanted:
        raise Refusal(43001 if wanted == "GET" else 43002)


def _without_ok(path: str, said: Json) -> Json:
    """Token, upload and menu answers hold no `errcode` when they succeed."""
    bare = path in ("/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/media/upload", "/cgi-bin/menu/get")
    return (
        {key: value for key, value in said.items() if key not in ("errcode", "errmsg")}
        if bare and not said["errcode"]
        else said
    )
