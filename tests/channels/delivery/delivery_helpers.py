"""A platform that takes what it is sent, or refuses as a test tells it to; and ways to have something delivered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select

from channels.delivery.loop import DeliveryLoop
from channels.delivery.platform import Action, SendError
from channels.gateway import Gateway, running
from channels.rendering import Menu, Part, Style, Text
from foundation import outbox
from foundation.clock import Clock, SystemClock
from foundation.database import Database

WECHAT = "wechat"
Outcome = Action | float | None
"""A refusal, so many seconds of work, or sent at once."""


def shown(part: Part) -> str:
    """What a citizen reads of a part, without who says it."""
    if isinstance(part, Menu):
        text = "\n".join([part.head, *(choice.title for choice in part.choices), part.tail])
    else:
        text = part.text if isinstance(part, Text) else part.url
    return text.replace("【智能助手】\n", "")


class FakePlatform:
    """Keeps what it was sent, by recipient; `script` says for each call what comes of it."""

    channel = WECHAT

    def __init__(self, script: Callable[[str, Part], Outcome] = lambda recipient, part: None, **style: Any) -> None:
        self.script = script
        self.sent: dict[str, list[Part]] = defaultdict(list)
        self.keys: list[str] = []
        self.calls: list[str] = []
        self.typed: list[str] = []
        self.busy = self.busiest = 0
        self.closed = False
        self._style = Style(**style)

    def style(self) -> Style:
        return self._style

    def texts(self, recipient: str) -> list[str]:
        return [shown(part) for part in self.sent[recipient]]

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        self.calls.append(recipient)
        self.keys.append(key)
        outcome = self.script(recipient, part)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(outcome if isinstance(outcome, float) else 0.001)
        finally:
            self.busy -= 1
        if isinstance(outcome, Action):
            if outcome is Action.UNKNOWN:
                self.sent[recipient].append(part)
            raise SendError(45047, outcome, f"refused: {outcome.value}")
        self.sent[recipient].append(part)
        return f"p{len(self.calls)}"

    async def typing(self, recipient: str) -> None:
        self.typed.append(recipient)

    async def close(self) -> None:
        self.closed = True


def in_turn(*outcomes: Outcome) -> Callable[[str, Part], Outcome]:
    """These outcomes one after the other, then everything is taken."""
    left: Iterator[Outcome] = iter(outcomes)
    return lambda recipient, part: next(left, None)


def say(database: Database, sender: str, *texts: str, clock: Clock | None = None, **body: Any) -> None:
    """Replies of one turn for a citizen, asked for by nobody's open request."""
    now = (clock or SystemClock()).now()
    with database.write() as tx:
        bodies = [{"text": text, **body} for text in texts]
        outbox.add(tx, f"{WECHAT}:{sender}", WECHAT, bodies, now)


def states(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.execute(select(outbox.outbox.c.state).order_by(outbox.outbox.c.id)).scalars())


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to become true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it does not come about"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def delivering(gateway: Gateway, *platforms: FakePlatform, clock: Clock | None = None) -> AsyncIterator[None]:
    """The gateway with a delivery loop for each platform."""
    loops = [DeliveryLoop(gateway.storage, platform, clock or SystemClock()) for platform in platforms]
    async with running(gateway):
        for loop in loops:
            await loop.start()
        try:
            yield
        finally:
            for loop in loops:
                await loop.stop()
