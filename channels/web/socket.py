"""One browser's web socket: messages in, replies out, each once, over any number of reconnects."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from urllib.parse import urlsplit

from sanic import Blueprint
from sanic.exceptions import WebsocketClosed
from sanic.request import Request
from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.exceptions import ConnectionClosed

from channels import metrics
from channels.gateway import Gateway
from channels.messages import entry, sentence
from channels.refused import Refused
from channels.web.addresses import Addresses
from channels.web.frames import Frame, decode, encode, reply_frame
from channels.web.page import chat_page
from channels.web.session import Sessions
from foundation.errors import DecodeError
from foundation.outbox import Reply
from foundation.settings import Settings

log = logging.getLogger(__name__)

CHANNEL = "web"
HELLO_WITHIN = 15.0
GARBAGE = 20
"""So many frames that are not understood, and the socket is closed."""
MAX_SOCKETS = 5000
THERE_EVERY = 60.0
"""Seconds between two signs of life of an open page."""
NOT_ALLOWED, TRY_AGAIN = 1008, 1013
"""Close codes of RFC 6455."""


def web_chat(gateway: Gateway, settings: Settings) -> Blueprint:
    """GET /chat, its static files, and the socket behind it."""
    sessions = Sessions(settings.key(), others=settings.old_keys())
    web = chat_page(settings)
    addresses = Addresses(settings)
    opened: set[WebsocketImplProtocol] = set()

    @web.websocket("/chat/socket")
    async def socket(request: Request, ws: WebsocketImplProtocol) -> None:
        if not _same_origin(request):
            return await ws.close(NOT_ALLOWED)
        if len(opened) >= MAX_SOCKETS:
            return await ws.close(TRY_AGAIN)
        opened.add(ws)
        metrics.sockets.set(len(opened))
        try:
            await Talk(gateway, sessions, ws, addresses, addresses.of(request)).run()
        except (ConnectionClosed, WebsocketClosed):
            pass  # the browser has gone; what it has not acknowledged is offered again
        except (asyncio.TimeoutError, Refused):
            await ws.close(TRY_AGAIN)
        finally:
            opened.discard(ws)
            metrics.sockets.set(len(opened))

    return web


class Talk:
    def __init__(
        self,
        gateway: Gateway,
        sessions: Sessions,
        ws: WebsocketImplProtocol,
        addresses: Addresses,
        address: str | None,
    ) -> None:
        self._gateway = gateway
        self._addresses = addresses
        self._address = address
        self._sessions = sessions
        self._ws = ws
        self._sender = ""
        self._garbage = 0
        self._watched: dict[int, asyncio.Task[None]] = {}

    @property
    def _conversation(self) -> str:
        return f"{CHANNEL}:{self._sender}"

    async def run(self) -> None:
        hello = await asyncio.wait_for(self._next("hello"), HELLO_WITHIN)
        known = self._sessions.sender(hello.get("session"))
        if known is None:
            self._addresses.newcomer(self._address)
        session = self._sessions.current(hello.get("session"))
        self._sender = known or self._sessions.sender(session) or ""
        if known and hello["last_seen"]:
            self._gateway.acknowledge(self._conversation, hello["last_seen"])
        tasks: list[asyncio.Task[None]] = []
        try:
            async with self._gateway.subscribe(self._conversation) as news:
                turns = await self._gateway.open_turns(self._conversation)
                await self._send("welcome", session=session, fresh=known is None, open=turns)
                replayed = await self._gateway.after(self._conversation, hello["last_seen"] if known else 0)
                for reply in replayed:
                    await self._ws.send(reply_frame(reply))
                for turn in turns:
                    self._watch(turn)
                parts = (self._listen(), self._speak(news, replayed), self._be_there())
                tasks = [asyncio.create_task(part) for part in parts]
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            running = [*tasks, *self._watched.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            frame = await self._next()
            if frame["type"] == "message":
                await self._message(frame)
            elif frame["type"] == "seen":
                self._gateway.acknowledge(self._conversation, frame["seq"])
            elif frame["type"] == "ping":
                await self._send("pong")

    async def _speak(self, news: asyncio.Queue[Reply], replayed: list[Reply]) -> None:
        known = {reply.id for reply in replayed}
        while True:
            reply = await news.get()
            if reply.id not in known:
                await self._ws.send(reply_frame(reply))

    async def _be_there(self) -> None:
        """Whoever waits for a person with the page open has not left."""
        while True:
            with contextlib.suppress(Refused):
                await self._gateway.present(self._conversation)
            await asyncio.sleep(THERE_EVERY)

    async def _message(self, frame: Frame) -> None:
        try:
            self._addresses.message(self._address)
            accepted = await self._gateway.receive(CHANNEL, self._sender, frame["text"], frame["id"])
        except Refused as refused:
            await self._send("error", id=frame["id"], reason=refused.reason, retry_after=refused.retry_after)
            return
        await self._send("ack", id=frame["id"], turn=accepted.id)
        self._watch(accepted.id)

    def _watch(self, turn: int) -> None:
        if turn not in self._watched:
            self._watched[turn] = asyncio.create_task(self._until_done(turn))

    async def _until_done(self, turn: int) -> None:
        """Tell the browser, as long as it is there, when the turn takes long, and when it has ended."""
        with contextlib.suppress(ConnectionClosed, WebsocketClosed):
            await self._tell_of(turn)

    async def _tell_of(self, turn: int) -> None:
        waited = 0
        for note in [*entry("waiting.notes"), None]:
            try:
                await self._gateway.replies(turn, note["after"] - waited if note else None)
                break
            except asyncio.TimeoutError:
                waited = note["after"]
                await self._send("note", turn=turn, text=note["text"].format(hotline=self._gateway.settings.hotline))
        del self._watched[turn]
        await self._send("done", turn=turn)

    async def _next(self, expected: str | None = None) -> Frame:
        """The browser's next frame; those that are not understood are answered with an error."""
        while True:
            data = await self._recv()
            try:
                frame = decode(data)
                if expected in (None, frame["type"]):
                    return frame
            except DecodeError:
                pass
            self._garbage += 1
            await self._send("error", id=None, reason=sentence("refused.bad_frame"), retry_after=None)
            if self._garbage > GARBAGE:
                await self._ws.close(NOT_ALLOWED)

    async def _recv(self) -> str | bytes | None:
        """Sanic's `recv`, which when cancelled directly would leave a task of its own behind."""
        receiving = asyncio.ensure_future(self._ws.recv())
        try:
            return await asyncio.shield(receiving)
        except asyncio.CancelledError:
            if self._ws.recv_cancel is not None:
                self._ws.recv_cancel.cancel()
            raise

    async def _send(self, kind: str, **fields: object) -> None:
        await self._ws.send(encode(kind, **fields))


def _same_origin(request: Request) -> bool:
    """Browsers say which site's page opens a socket; other programs need not."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # http://[
        return False
