"""What has happened, in order, and waiting until it has."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal, TypeVar

Result = TypeVar("Result")
KEPT = 500

How = Literal["passive", "api", "notice", ""]


@dataclass(frozen=True)
class Seen:
    """One line of a user's chat."""

    id: int
    side: Literal["user", "account", "system"]
    kind: str
    """text, menu, image, voice, location, news, template …"""
    text: str
    at: datetime
    how: How = ""
    """Of the account's messages: in answer to a callback, or by a call of the interface; a notice is WeChat's own."""
    choices: tuple[tuple[str, str], ...] = ()
    """Of a menu: id and title of each line that can be clicked."""
    tail: str = ""
    media_id: str = ""


@dataclass(frozen=True)
class Attempt:
    """One POST of a callback."""

    at: datetime
    seconds: float
    status: int
    """0 when no answer came."""
    outcome: str
    """acknowledged, message, late, failed or fault."""
    why: str = ""
    body: str = ""


@dataclass
class Posted:
    """One callback and what became of it."""

    id: int
    channel: str
    person: str
    kind: str
    """The MsgType, or the Event."""
    fields: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    passive: Seen | None = None
    """What the user was shown in answer."""
    done: bool = False


@dataclass(frozen=True)
class Call:
    """One call of the interface."""

    id: int
    at: datetime
    path: str
    channel: str
    errcode: int
    note: str = ""


class Records:
    """Every change is numbered; whoever waits is woken by each."""

    def __init__(self) -> None:
        self.version = 0
        self.posted: deque[Posted] = deque(maxlen=KEPT)
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.counts: Counter[str] = Counter()
        """Calls by path."""
        self.sent: list[dict[str, Any]] = []
        """Every message that the platform took: `{"channel", "to", "path", "body"}`."""
        self._numbers = count(1)
        self._changed = asyncio.Event()

    def number(self) -> int:
        return next(self._numbers)

    def mark(self) -> None:
        """Something has changed."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, reached: Callable[[], Result], timeout: float) -> Result:
        """What `reached` gives as soon as it is true.

        Raises:
            asyncio.TimeoutError: it is not within `timeout` seconds.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while not (found := reached()):
            left = deadline - asyncio.get_running_loop().time()
            await asyncio.wait_for(self._changed.wait(), max(left, 0))
        return found
