"""Citizens who write at a steady pace for a long time, over REST and in the web chat; each answer is waited for.

Who writes next does not wait for whoever wrote before: a slow assistant has more messages waiting, not fewer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

import aiohttp

TALK = 6
"""Messages of one conversation over REST."""
SOCKETS, VISIT = 12, 20
"""Browsers at once, and the messages after which each comes back with a new socket."""
EACH_WEB = 3
"""Every third message comes from a browser."""
ANSWERED_WITHIN = 600.0
"""Seconds; whatever takes longer counts as lost."""


class Answered(NamedTuple):
    due: float
    """When it was to be sent, in seconds since the beginning."""
    milliseconds: float
    """From then to the whole answer."""
    channel: str


class People:
    def __init__(self, address: str, messages: Iterator[str], began: float) -> None:
        """`began`: on the monotonic clock, what times are counted from."""
        self._address, self._messages, self._began = address, messages, began
        self.answered: list[Answered] = []
        self.lost: list[str] = []
        """What went wrong, where a message was not answered."""
        self.kinds: Counter[str] = Counter()
        self.late = 0
        """How often the gateway said that an answer was not ready yet; it was asked again."""
        self.sent = 0

    async def write(self, a_second: float, seconds: float) -> None:
        """So many messages a second for so long; returns when all are answered or lost."""
        timeout = aiohttp.ClientTimeout(total=120)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            browsers = [Browser(session, self._address, self) for _ in range(SOCKETS)]
            under_way: set[asyncio.Task[None]] = set()
            start = time.monotonic()
            for number in count():
                due = start + number / a_second
                if due >= start + seconds:
                    break
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                turn, third = divmod(number, EACH_WEB)
                writes = browsers[turn % SOCKETS].say if third == 0 else self._rest(session, number)
                task = asyncio.create_task(self._one(writes, due, "web" if third == 0 else "rest"))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.gather(*under_way)
            for browser in browsers:
                await browser.leave()

    async def _one(self, writes: Any, due: float, channel: str) -> None:
        text = next(self._messages)
        self.sent += 1
        try:
            self.kinds[await asyncio.wait_for(writes(text), ANSWERED_WITHIN)] += 1
        except Exception as error:  # whatever it was, the message has no answer
            self.lost.append(f"{channel}: {type(error).__name__}: {error}")
            return
        took = (time.monotonic() - due) * 1000
        self.answered.append(Answered(due - self._began, took, channel))

    def _rest(self, session: aiohttp.ClientSession, number: int) -> Any:
        """Post until it is answered, under the same id: so a client should."""
        many = 5 * TALK  # conversations go on side by side
        sender = f"soak-{self._began:.0f}-{number // (many * TALK)}-{number % many}"

        async def say(text: str) -> str:
            body = {"sender": sender, "message": text, "message_id": f"{sender}-{number}"}
            while True:
                async with session.post(f"{self._address}/webhooks/rest/webhook", json=body) as response:
                    said = await response.json()
                    if response.status == 200:
                        return str(said[-1]["custom"]["answer"]["kind"])
                    if response.status != 202:
                        raise AssertionError(f"{response.status} {said}")
                    self.late += 1

        return say


class Browser:
    """A page that is open: its socket is closed and opened again now and then, with what it has seen."""

    def __init__(self, session: aiohttp.ClientSession, address: str, people: People) -> None:
        self._http, self._address, self._people = session, address, people
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._session: str | None = None
        self._last_seen = self._written = 0
        self._turn_of: dict[str, asyncio.Future[int]] = {}
        self._replies: dict[int, list[dict[str, Any]]] = {}
        self._answered: dict[int, asyncio.Event] = {}
        self._lock = asyncio.Lock()

    async def say(self, text: str) -> str:
        async with self._lock:  # whoever reads an answer has not yet written the next question
            if self._socket is None or self._socket.closed or self._written % VISIT == 0:
                await self._come_back()
            self._written += 1
            name = f"{id(self)}-{self._written}"
            told = self._turn_of[name] = asyncio.get_running_loop().create_future()
            assert self._socket is not None
            await self._socket.send_json({"type": "message", "id": name, "text": text})
            turn = await told
            await self._answered.setdefault(turn, asyncio.Event()).wait()
            del self._answered[turn], self._turn_of[name]
            replies = self._replies.pop(turn)
            assert [reply["last"] for reply in replies].count(True) == 1, "one answer"
            await self._socket.send_json({"type": "seen", "seq": self._last_seen})
            return str(replies[-1]["body"]["custom"]["answer"]["kind"])

    async def _come_back(self) -> None:
        await self.leave()
        self._socket = await self._http.ws_connect(f"{self._address}/chat/socket", headers={"Origin": self._address})
        await self._socket.send_json({"type": "hello", "session": self._session, "last_seen": self._last_seen})
        welcome = json.loads(await self._socket.receive_str())
        self._session = welcome["session"]
        self._reading = asyncio.create_task(self._read(self._socket))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = json.loads(message.data)
            if frame["type"] == "ack":
                self._turn_of[frame["id"]].set_result(frame["turn"])
            elif frame["type"] == "reply" and frame["seq"] > self._last_seen:
                self._last_seen = frame["seq"]
                self._replies.setdefault(frame["turn"], []).append(frame)
                if frame["last"]:  # "done" comes before it or after it
                    self._answered.setdefault(frame["turn"], asyncio.Event()).set()
            elif frame["type"] == "note":
                self._people.late += 1
            elif frame["type"] == "error" and frame["id"] in self._turn_of:
                self._turn_of[frame["id"]].set_exception(AssertionError(frame["reason"]))

    async def leave(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        if self._socket is not None:
            await self._socket.close()
