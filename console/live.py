"""Live updates: one look at the database three times a second for all open pages, and hints to those whom they concern.

A hint names topics, `{"changed": ["queue", "conversation:42"]}`, and nothing else: the page then fetches what is true
over HTTP. So nothing is lost when a socket breaks: the first hint of a new one is `{"changed": ["*"]}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from starlette.websockets import WebSocket, WebSocketDisconnect

from console.house import House
from console.routing import SIGNED_IN, socket
from foundation import sessions

log = logging.getLogger(__name__)

Versions = Callable[[Connection], Mapping[str, int]]
EVERYTHING = "*"
LOOK_SECONDS, BROKEN_SECONDS = 0.3, 1.0
STILL_IN_LOOKS = 10
"""So often, in looks, it is asked who is still signed in."""
MOST = 2000
MOST_OF_ONE = 20
"""Open pages of one account."""
SIGNED_OUT, TRY_AGAIN = 4401, 1013

DESK = frozenset({"agent", "supervisor"})
CONCERNS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("queue", "conversation", "presence", "canned", "closures", "approvals", "cases"), DESK),
    "tasks": DESK | {"editor", "reviewer"},
    "alerts": frozenset({"supervisor", "auditor", "admin"}),
}
"""Whom a topic concerns, by what stands before its colon; one that is not here concerns supervisors alone."""


def concerns(topic: str, roles: Sequence[str]) -> bool:
    return not CONCERNS.get(topic.partition(":")[0], frozenset({"supervisor"})).isdisjoint(roles)


class Listener:
    """One open page: what it was not told yet."""

    def __init__(self, websocket: WebSocket) -> None:
        self.session: int = websocket.state.session.id
        self.account: int = websocket.state.account.id
        self.roles: tuple[str, ...] = websocket.state.account.roles
        self.news: set[str] = set()
        self.woken = asyncio.Event()
        self.out = False

    def tell(self, topics: Sequence[str]) -> None:
        """Remember topics until the socket takes them: a slow one gets fewer hints, not old ones."""
        mine = [topic for topic in topics if topic == EVERYTHING or concerns(topic, self.roles)]
        if mine:
            self.news.update(mine)
            self.woken.set()


class Live:
    def __init__(self, house: House, versions: Versions) -> None:
        self._house = house
        self._versions = versions
        self._listeners: set[Listener] = set()
        self._fresh: set[Listener] = set()
        self._known: Mapping[str, int] = {}
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def serve(self, websocket: WebSocket) -> None:
        """One page's socket, from its opening to its end."""
        await websocket.accept()
        listener = Listener(websocket)
        of_one = sum(other.account == listener.account for other in self._listeners)
        if len(self._listeners) >= MOST or of_one >= MOST_OF_ONE:
            return await websocket.close(TRY_AGAIN)
        self._listeners.add(listener)
        self._fresh.add(listener)
        self._awake.set()
        speaking = asyncio.create_task(_speak(websocket, listener))
        try:
            await _listen(websocket)
        finally:
            self._listeners.discard(listener)
            self._fresh.discard(listener)
            speaking.cancel()

    async def _watch(self) -> None:
        looks = 0
        while True:
            if not self._listeners:
                self._awake.clear()
                self._known = {}
            await self._awake.wait()
            fresh, self._fresh = self._fresh, set()
            try:
                self._hand_out(dict(await self._house.read(self._versions)), fresh)
                looks += 1
                if looks % STILL_IN_LOOKS == 0:
                    await self._let_go()
            except DBAPIError as error:
                log.error("the database does not answer (%s); pages hear of changes later", type(error).__name__)
                self._fresh |= fresh
                await asyncio.sleep(BROKEN_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)

    def _hand_out(self, seen: Mapping[str, int], fresh: set[Listener]) -> None:
        changed = [topic for topic, version in seen.items() if self._known.get(topic) != version]
        self._known = seen
        for listener in self._listeners - fresh:
            listener.tell(changed)
        for listener in fresh & self._listeners:
            listener.tell([EVERYTHING])

    async def _let_go(self) -> None:
        """Close the sockets of those who are signed out by now."""
        house, ids = self._house, {listener.session for listener in self._listeners}
        living = await house.read(lambda tx: sessions.alive(tx, ids, house.now(), house.idle))
        for listener in self._listeners:
            if listener.session not in living:
                listener.out = True
                listener.woken.set()


async def _speak(websocket: WebSocket, listener: Listener) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, OSError):
        while True:
            await listener.woken.wait()
            listener.woken.clear()
            if listener.out:
                return await websocket.close(SIGNED_OUT)
            topics, listener.news = sorted(listener.news), set()
            await websocket.send_json({"changed": topics})


async def _listen(websocket: WebSocket) -> None:
    """A page has nothing to say; this returns when it is gone."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _live(websocket: WebSocket) -> None:
    live: Live = websocket.app.state.live
    await live.serve(websocket)


ROUTES = [socket("/live", _live, roles=SIGNED_IN)]
