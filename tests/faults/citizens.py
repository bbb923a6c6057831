"""Citizens who write on, whatever happens, over REST and over the web chat: each message again, under its number and to
the next gateway, until it is answered, as the chat page does. They note what they were shown."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import websockets
from websockets.exceptions import WebSocketException

QUESTIONS = ("身份证丢了怎么补办", "那多少钱", "要带什么材料", "在哪里办", "几天能拿到")
PATIENCE = 600.0
"""Seconds for which a message is worth trying: longer than any of the tests keeps a part away."""
AGAIN = 0.2
TRY_LATER = {202, 429, 500, 502, 503, 504}


@dataclass
class Exchange:
    """A message that was answered, and what was shown for it."""

    id: str
    texts: list[str]
    took: float
    """Seconds from the first attempt to the answer."""
    at: float
    """When the answer came, on the monotonic clock."""
    tries: int = 1


@dataclass
class Citizen:
    """One conversation; `run` writes until `over` is set and the last message is answered."""

    name: str
    gateways: Sequence[str]
    over: threading.Event
    pause: float
    exchanges: list[Exchange] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    """Messages that were not answered within PATIENCE, or were refused for good, and the reason."""
    odd: list[str] = field(default_factory=list)
    """What should not have happened, in words."""
    turns: list[int] = field(default_factory=list)
    """The numbers of the messages' turns, as far as the channel tells them."""
    conversation: str = ""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.name)
        self._turn = self._chance.randrange(len(self.gateways))
        self._number = 0

    def _next_gateway(self) -> str:
        self._turn += 1
        return self.gateways[self._turn % len(self.gateways)]

    def _next_message(self) -> tuple[str, str]:
        self._number += 1
        return f"m{self._number}", QUESTIONS[(self._number - 1) % len(QUESTIONS)]

    def _rest(self) -> float:
        return self._chance.uniform(0.5, 1.5) * self.pause

    def run(self) -> None:
        raise NotImplementedError


class RestCitizen(Citizen):
    def run(self) -> None:
        self.conversation = f"rest:{self.name}"
        while not self.over.is_set():
            id, text = self._next_message()
            began, tries = time.monotonic(), 0
            while True:
                status, said = self._post(id, text)
                tries += 1
                if status == 200:
                    texts = [one.get("text", "") for one in said]
                    self.exchanges.append(Exchange(id, texts, time.monotonic() - began, time.monotonic(), tries))
                    break
                if status not in TRY_LATER and status:
                    self.given_up.append(f"{id}: {status} {said}")
                    break
                if time.monotonic() - began > PATIENCE:
                    self.given_up.append(f"{id}: still {status} after {PATIENCE:.0f} s")
                    break
                time.sleep(AGAIN)
            time.sleep(self._rest())

    def _post(self, id: str, text: str) -> tuple[int, Any]:
        """The status, 0 where there was none, and what was said."""
        body = json.dumps({"sender": self.name, "message": text, "message_id": id}).encode()
        request = urllib.request.Request(
            f"{self._next_gateway()}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, ValueError, http.client.HTTPException):
            return 0, b""


class WebCitizen(Citizen):
    """One browser with one tab: a socket at a time, its session and the last reply seen kept over reconnects."""

    def run(self) -> None:
        self._session: str | None = None
        self._seen = 0
        self._told: dict[int, list[dict[str, Any]]] = {}
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._open: tuple[str, str] | None = None
        self._turn_of_open: int | None = None
        self._began, self._tries = 0.0, 0
        while True:
            try:
                address = f"ws://{urlsplit(self._next_gateway()).netloc}/chat/socket"
                async with websockets.connect(address, open_timeout=15, close_timeout=1) as socket:  # type: ignore[attr-defined]
                    await self._talk(socket)
                    return
            except (OSError, WebSocketException, asyncio.TimeoutError):
                if self._open is not None and time.monotonic() - self._began > PATIENCE:
                    self.given_up.append(
                        f"{self._open[0]}: no answer after {PATIENCE:.0f} s; turn {self._turn_of_open}"
                    )
                    return
                await asyncio.sleep(AGAIN)

    async def _talk(self, socket: Any) -> None:
        """Until all is over, or the socket breaks."""
        await socket.send(json.dumps({"type": "hello", "session": self._session, "last_seen": self._seen}))
        welcome = json.loads(await asyncio.wait_for(socket.recv(), 60))
        if self._session is not None and welcome["fresh"]:
            self.odd.append("the session was forgotten")
        self._session = welcome["session"]
        while self._open is not None or not self.over.is_set():
            if self._open is None:
                await asyncio.sleep(self._rest())
                self._open, self._turn_of_open = self._next_message(), None
                self._began, self._tries = time.monotonic(), 0
            self._tries += 1
            id, text = self._open
            await socket.send(json.dumps({"type": "message", "id": id, "text": text}))
            while self._open is not None:
                await self._hear(socket, json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))

    async def _hear(self, socket: Any, frame: dict[str, Any]) -> None:
        assert self._open is not None
        if frame["type"] == "ack" and frame["id"] == self._open[0]:
            self._turn_of_open = frame["turn"]
        elif frame["type"] == "error":
            await asyncio.sleep(AGAIN)
            await socket.send(json.dumps({"type": "message", "id": self._open[0], "text": self._open[1]}))
        elif frame["type"] == "reply":
            if frame["seq"] <= self._seen:
                self.odd.append(f"reply {frame['seq']} was shown after reply {self._seen}")
            self._seen = max(self._seen, frame["seq"])
            self._told.setdefault(frame["turn"], []).append(frame)
            await socket.send(json.dumps({"type": "seen", "seq": frame["seq"]}))
        told = self._told.get(self._turn_of_open or 0, [])
        if told and told[-1]["last"]:
            texts, now = [one["body"].get("text", "") for one in told], time.monotonic()
            self.exchanges.append(Exchange(self._open[0], texts, now - self._began, now, self._tries))
            self.turns.append(told[0]["turn"])
            self._open = None


class Crowd:
    """Citizens at work, for a block; at its end each waits for the answer to its last message."""

    def __init__(self, gateways: Sequence[str], run: str, rest: int = 4, web: int = 2, pause: float = 0.4) -> None:
        self._over = threading.Event()
        self.citizens: list[Citizen] = [
            *(RestCitizen(f"{run}-{n}", gateways, self._over, pause) for n in range(rest)),
            *(WebCitizen(f"{run}-web-{n}", gateways, self._over, pause) for n in range(web)),
        ]
        self._threads = [threading.Thread(target=citizen.run, daemon=True) for citizen in self.citizens]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE + 60)

    @property
    def exchanges(self) -> list[Exchange]:
        return [one for citizen in self.citizens for one in list(citizen.exchanges)]

    def answered(self, since: float) -> int:
        """How many messages were answered since a moment of the monotonic clock."""
        return sum(one.at >= since for one in self.exchanges)

    def wait_answered(self, count: int, seconds: float) -> float:
        """Until so many more are answered; the seconds that it took."""
        began = time.monotonic()
        while self.answered(began) < count:
            assert time.monotonic() - began < seconds, f"nobody was answered for {seconds:.0f} s"
            time.sleep(0.02)
        return time.monotonic() - began
