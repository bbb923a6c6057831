"""WeCom's interface as a local server: tokens, messages of an application, 微信客服 with its pages and states.

Written from developer.work.weixin.qq.com document/path 91039, 90236, 94670, 94677, 94669, 95122.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

CORP, SECRET, AGENT = "ww1436e0e65a779aee", "a-secret-of-the-application", 1000002
KF, CUSTOMER = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
PICTURE = b"\x89PNG\r\n\x1a\n a map"
Json = dict[str, Any]


class WeComFake:
    def __init__(self) -> None:
        self.address = ""
        self.calls: Counter[str] = Counter()
        self.bodies: dict[str, list[Json]] = defaultdict(list)
        """What was posted to each path, also what was refused."""
        self.sent: list[Json] = []
        """Messages that reached a member or a customer, in order."""
        self.tokens: set[str] = set()
        self.expires_in = 7200
        self.page_size = 1000
        self.empty_before: set[int] = set()
        """Cursors at which an empty page with has_more comes first."""
        self.states: dict[str, int] = defaultdict(lambda: 0)
        self.left: dict[str, int] = defaultdict(lambda: 5)
        """How many messages a customer may still get."""
        self.codes: dict[str, float] = {}
        """Welcome codes and when they run out."""
        self.unknown_members: set[str] = set()
        self.gone: set[str] = set()
        """Accounts of 微信客服 that were deleted."""
        self.on_call: Callable[[str], None] = lambda path: None
        """Called with the path of each call, once it is counted."""
        self._log: dict[str, list[Json]] = defaultdict(list)
        self._msgids: set[tuple[str, str]] = set()
        self._failures: dict[str, deque[int | str]] = defaultdict(deque)
        self._numbers = count(1)
        self._emptied: set[tuple[str, int]] = set()

    # What a test does to it

    def fail(self, path: str, *codes: int | str) -> None:
        """Answer the next calls of a path with these error codes; "drop" acts, then closes without an answer."""
        self._failures[path].extend(codes)

    def expire(self) -> None:
        """No token given out so far is valid any more."""
        self.tokens.clear()

    def write(self, said: str, *, customer: str = CUSTOMER, kf: str = KF, age: float = 0, **changes: Any) -> Json:
        """A customer's text; further fields replace or extend it."""
        self.left[customer] = 5
        return self.add(
            {"external_userid": customer, "origin": 3, "msgtype": "text", "text": {"content": said}, **changes}, kf, age
        )

    def event(self, kind: str, *, customer: str = CUSTOMER, kf: str = KF, age: float = 0, **fields: Any) -> Json:
        inner = {"event_type": kind, "open_kfid": kf, "external_userid": customer, **fields}
        return self.add({"origin": 4, "msgtype": "event", "event": inner}, kf, age)

    def enter(self, customer: str = CUSTOMER, kf: str = KF, age: float = 0) -> str:
        """A customer opens the conversation; gives the welcome code."""
        code = f"CODE{next(self._numbers)}"
        self.codes[code] = time.time() - age + 20
        self.event("enter_session", customer=customer, kf=kf, age=age, scene="desk", welcome_code=code)
        return code

    def add(self, message: Json, kf: str = KF, age: float = 0) -> Json:
        message = {
            "msgid": f"msg{next(self._numbers):06d}", "open_kfid": kf, "send_time": int(time.time() - age), **message,
        }  # fmt: skip
        self._log[kf].append(message)
        return message

    # The interface

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/cgi-bin/gettoken", self._get_token)
        app.router.add_post("/cgi-bin/media/upload", self._upload)
        app.router.add_get("/pictures/map.png", self._picture)
        for path, handle in {
            "/cgi-bin/message/send": self._message,
            "/cgi-bin/kf/sync_msg": self._sync,
            "/cgi-bin/kf/send_msg": self._send,
            "/cgi-bin/kf/send_msg_on_event": self._send_on_event,
            "/cgi-bin/kf/service_state/get": self._state,
            "/cgi-bin/kf/service_state/trans": self._trans,
        }.items():
            app.router.add_post(path, self._guarded(handle))
        return app

    async def _get_token(self, request: web.Request) -> web.StreamResponse:
        self.calls[request.path] += 1
        if self._failures[request.path]:
            return _answer(self._failures[request.path].popleft())
        if request.query.get("corpid") != CORP:
            return _answer(40013)
        if request.query.get("corpsecret") != SECRET:
            return _answer(40001)
        token = f"token-{next(self._numbers)}-" + "x" * 500
        self.tokens.add(token)
        return _answer(0, access_token=token, expires_in=self.expires_in)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=PICTURE, content_type="image/png")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self.calls[request.path] += 1
        if request.query.get("access_token") not in self.tokens:
            return _answer(42001)
        form = await request.post()
        assert request.query["type"] == "image" and form["media"].file.read() == PICTURE  # type: ignore[union-attr]
        return _answer(0, type="image", media_id=f"media-{next(self._numbers)}", created_at="1764000000")

    def _guarded(self, handle: Callable[[Json], Any]) -> Callable[[web.Request], Any]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.calls[request.path] += 1
            self.on_call(request.path)
            raw = (await request.read()).decode()
            assert "\\u" not in raw, "WeCom shows escapes as they are"
            body = json.loads(raw)
            self.bodies[request.path].append(body)
            if request.query.get("access_token") not in self.tokens:
                return _answer(42001)
            failure = self._failures[request.path].popleft() if self._failures[request.path] else 0
            if isinstance(failure, int) and failure:
                return _answer(failure)
            found = handle(body)
            found = await found if hasattr(found, "__await__") else found
            if failure == "drop":
                assert request.transport is not None
                request.transport.close()
            return _answer(found) if isinstance(found, int) else _answer(**found)

        return guarded

    def _message(self, body: Json) -> Json | int:
        if body["agentid"] != AGENT:
            return 40056
        if body["touser"].lower() in self.unknown_members:
            return 81013
        if len(body.get("text", {}).get("content", "x").encode()) > 2048:
            return 45002
        self.sent.append(body)
        return {"msgid": f"id-{next(self._numbers)}"}

    async def _sync(self, body: Json) -> Json | int:
        assert len(body.get("token", "")) <= 128 and body["limit"] <= 1000
        kf = body["open_kfid"]
        if kf not in self._log and not kf.startswith("wk"):
            return 95000
        start = int(body.get("cursor") or 0)
        if start in self.empty_before and (kf, start) not in self._emptied:
            self._emptied.add((kf, start))
            return {"next_cursor": str(start), "has_more": 1, "msg_list": []}
        end = start + min(self.page_size, body["limit"])
        log = self._log[kf]
        return {
            "next_cursor": str(min(end, len(log))), "has_more": int(end < len(log)), "msg_list": log[start:end],
        }  # fmt: skip

    def _send(self, body: Json) -> Json | int:
        customer = body["touser"]
        if body["open_kfid"] in self.gone:
            return 95004
        msgid = body.get("msgid") or f"own-{next(self._numbers)}"
        if self.states[customer] not in (0, 1):
            return 95018
        if (body["open_kfid"], msgid) in self._msgids:
            return 95099  # the code is not documented; the text is what counts
        if self.left[customer] <= 0:
            return 95001
        if not _fits(body):
            return 45002
        self.left[customer] -= 1
        self._msgids.add((body["open_kfid"], msgid))
        self.sent.append(body)
        return {"msgid": msgid}

    def _send_on_event(self, body: Json) -> Json | int:
        if self.codes.pop(body["code"], 0) < time.time():
            return 40029
        self.sent.append(body)
        return {"msgid": body.get("msgid", "x")}

    def _state(self, body: Json) -> Json | int:
        return {"service_state": self.states[body["external_userid"]], "servicer_userid": "lisi"}

    def _trans(self, body: Json) -> Json | int:
        if self.states[body["external_userid"]] == 4:
            return 95016
        self.states[body["external_userid"]] = body["service_state"]
        return {}


def _fits(body: Json) -> bool:
    if body["msgtype"] == "text":
        return 0 < len(body["text"]["content"].encode()) <= 2048
    if body["msgtype"] == "image":
        return bool(body["image"]["media_id"])
    menu = body["msgmenu"]
    choices = [choice["click"] for choice in menu["list"] if choice["type"] == "click"]
    fits = all(len(choice["id"].encode()) <= 64 and len(choice["content"].encode()) <= 128 for choice in choices)
    return fits and len(choices) <= 10 and len(menu.get("head_content", "").encode()) <= 1024


TEXTS = {0: "ok", -1: "system busy", 95099: "msgid exist", 40014: "invalid access_token", 42001: "access_token expired"}


def _answer(errcode: int | str = 0, **fields: Any) -> web.Response:
    assert isinstance(errcode, int)
    text = TEXTS.get(errcode, "refused") + (f", hint: [{CUSTOMER}], from ip: 203.0.113.9" if errcode else "")
    return web.json_response({"errcode": errcode, "errmsg": text, **fields})


@asynccontextmanager
async def fake_wecom() -> AsyncIterator[WeComFake]:
    """The server, listening on a free port of this machine."""
    fake = WeComFake()
    runner = web.AppRunner(fake.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    assert server is not None
    fake.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    try:
        yield fake
    finally:
        await runner.cleanup()
