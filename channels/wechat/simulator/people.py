"""The people of the simulated platform, and what stands in their chats."""

from __future__ import annotations

from typing import Any

from channels.wechat.simulator.records import How, Records, Seen
from channels.wechat.simulator.windows import Windows
from foundation.clock import Clock

MOST_LINES = 1000


class Person:
    """One user of one account."""

    def __init__(self, channel: str, name: str, clock: Clock, records: Records) -> None:
        self.channel, self.name = channel, name
        self.following = True
        self.windows = Windows(clock)
        self.refuses: set[str] = set()
        """Templates of which the user wants no message."""
        self.chat: list[Seen] = []
        self._clock, self._records = clock, records

    def say(self, kind: str, text: str, **more: Any) -> Seen:
        """A line of the user's own."""
        return self._add("user", kind, text, **more)

    def show(self, kind: str, text: str, how: How, **more: Any) -> Seen:
        """A message of the account."""
        return self._add("account", kind, text, how=how, **more)

    def tell(self, text: str) -> Seen:
        """A notice of WeChat's own."""
        return self._add("system", "notice", text, how="notice")

    @property
    def received(self) -> list[Seen]:
        """All that was shown to the user, notices too, in order."""
        return [line for line in self.chat if line.side != "user"]

    def _add(self, side: Any, kind: str, text: str, **more: Any) -> Seen:
        line = Seen(self._records.number(), side, kind, text, self._clock.now(), **more)
        self.chat = [*self.chat[1 - MOST_LINES :], line]
        self._records.mark()
        return line
