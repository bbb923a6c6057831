"""The simulator's own addresses below /simulator: for its page, and for tests and scripts.

| address | does |
| --- | --- |
| GET /simulator/calls | how often each interface was called, how many tokens were handed out |
| GET /simulator/sent?to=… | the messages that the platform took |
| GET /simulator/state?channel=…&user=…&since=… | one chat and what lies behind it; waits for news |
| POST /simulator/act `{"channel", "user", "do", "with"}` | a method of `User` and its arguments |
| POST /simulator/press `{"channel", "user", "name"}` | a user presses a button of the account's menu |
| POST /simulator/fault `{"path", "times", "errcode", "status", "delay", "drop"}` | the next calls fail so |
| POST /simulator/account `{"channel", "mode", "format", "verified", "menus"}` | what its owner has switched on |
| POST /simulator/service `{"page_size", "empty_pages", "fail_type"}` | how 微信客服 behaves |
| POST /simulator/clock `{"hours", …}` | puts the platform's clock forward |
| POST /simulator/expire `{"code"}` | ends every token |
| POST /simulator/verify `{"channel"}` | checks the gateway's address as the platform does |
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any, get_args

from aiohttp import web

from channels.wechat.simulator.accounts import Mode
from channels.wechat.simulator.clock import MovableClock
from channels.wechat.simulator.driver import Driver
from channels.wechat.simulator.faults import Fault
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.state import state
from channels.wechat.simulator.users import User, buttons, user_of

log = logging.getLogger(__name__)

Json = dict[str, Any]
WAIT = 20.0
DOINGS = {
    "say", "choose", "click_line", "voice", "image", "video", "location", "link", "follow", "unfollow", "scan", "click",
    "view", "enter",
}  # fmt: skip


class Control:
    def __init__(self, platform: Platform, driver: Driver, menu: list[Json]) -> None:
        self._platform, self._driver, self._menu = platform, driver, menu

    def install(self, app: web.Application) -> None:
        gets = {"calls": self.calls, "sent": self.sent, "state": self.state, "media/{id}": self.media}
        posts = {
            "act": self.act, "press": self.press, "fault": self.fault, "account": self.account, "service": self.service,
            "clock": self.clock, "expire": self.expire, "verify": self.verify,
        }  # fmt: skip
        app.router.add_routes([web.get(f"/simulator/{name}", handler) for name, handler in gets.items()])
        app.router.add_routes([web.post(f"/simulator/{name}", handler) for name, handler in posts.items()])

    async def calls(self, request: web.Request) -> web.Response:
        return _json({"counts": self._platform.records.counts, "tokens": self._platform.tokens.fetched})

    async def sent(self, request: web.Request) -> web.Response:
        to = request.query.get("to")
        return _json([one for one in self._platform.records.sent if to in (None, one["to"])])

    async def state(self, request: web.Request) -> web.Response:
        user = self._user(dict(request.query))
        records, since = self._platform.records, request.query.get("since", "")
        with contextlib.suppress(asyncio.TimeoutError):
            await records.until(lambda: str(records.version) != since, WAIT)
        return _json(state(self._platform, user.person, self._menu))

    async def media(self, request: web.Request) -> web.Response:
        try:
            file = self._platform.media.get(request.match_info["id"])
        except Refusal:
            raise web.HTTPNotFound from None
        return web.Response(body=file.content, content_type=file.content_type)

    async def act(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user, doing, values = self._user(body), body.get("do"), body.get("with") or {}
        if doing not in DOINGS or not isinstance(values, dict):
            raise web.HTTPBadRequest
        try:
            work = getattr(user, str(doing))(**values)
        except TypeError:
            raise web.HTTPBadRequest from None
        self._driver.in_background(_logged(work))
        return _json({})

    async def press(self, request: web.Request) -> web.Response:
        body = await _body(request)
        user, name = self._user(body), body.get("name")
        button = buttons(self._platform.menus.get(user.account.channel, self._menu)).get(str(name))
        if button is None:
            raise web.HTTPNotFound
        key = button.get("key")
        work = user.click(str(key)) if key else user.view(str(button.get("url") or button.get("appid")))
        self._driver.in_background(_logged(work))
        return _json({"url": None if key else button.get("url")})

    async def fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            fault = Fault(**body)
        except TypeError:
            raise web.HTTPBadRequest from None
        self._platform.faults.add(fault)
        return _json(asdict(fault))

    async def account(self, request: web.Request) -> web.Response:
        body = await _body(request)
        account = self._platform.accounts.get(str(body.get("channel")))
        allowed = {"mode": get_args(Mode), "format": ("xml", "json"), "verified": (True, False), "menus": (True, False)}
        if account is None or any(name in body and body[name] not in values for name, values in allowed.items()):
            raise web.HTTPBadRequest
        for name in allowed.keys() & body.keys():
            setattr(account, name, body[name])
        self._platform.records.mark()
        return _json({})

    async def service(self, request: web.Request) -> web.Response:
        body = await _body(request)
        for name in {"page_size", "empty_pages", "fail_type"} & body.keys():
            setattr(self._platform.customer_service, name, body[name])
        return _json({})

    async def clock(self, request: web.Request) -> web.Response:
        body, clock = await _body(request), self._platform.clock
        if not isinstance(clock, MovableClock) or not all(isinstance(span, (int, float)) for span in body.values()):
            raise web.HTTPBadRequest
        try:
            clock.advance(**body)
        except (TypeError, OverflowError):
            raise web.HTTPBadRequest from None
        self._platform.records.mark()
        return _json({"now": clock.now().isoformat()})

    async def expire(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._platform.tokens.expire(int(body.get("code", 42001)))
        return _json({})

    async def verify(self, request: web.Request) -> web.Response:
        body = await _body(request)
        account = self._platform.accounts.get(str(body.get("channel")))
        if account is None:
            raise web.HTTPBadRequest
        return _json({"problem": await self._driver.verify(account)})

    def _user(self, given: Json) -> User:
        channel, name = str(given.get("channel", "")), str(given.get("user", ""))
        if channel not in self._platform.accounts or not 1 <= len(name) <= 64:
            raise web.HTTPBadRequest
        return user_of(self._platform, self._driver, channel, name)


async def _logged(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:
        log.exception("a user's doing could not be carried out")


async def _body(request: web.Request) -> Json:
    """The JSON object of a request; a form of another site cannot send one."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def _json(value: Any) -> web.Response:
    return web.json_response(value, dumps=lambda value: json.dumps(value, ensure_ascii=False))
