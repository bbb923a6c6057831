"""The tools of whoever handles a message: have the dialogue answer, or answer with a sentence of our own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from channels.house import House
from channels.refused import Refused
from channels.wechat import incoming
from channels.wechat.account import Account
from channels.wechat.incoming import Incoming
from channels.wechat.speech import Speech
from channels.wechat.words import with_smileys, word
from channels.windows import Window
from desk.sent import Sent
from foundation.inbox import Accepted

MARGIN = 0.5
"""Seconds for which a request stays reserved for its answer beyond the time at which it decides."""


@dataclass
class Hearing:
    """A recording that is being made text and stored, how often the platform has posted it here, and why it could not
    be stored when that was last tried."""

    task: asyncio.Task[Accepted] | None = None
    posts: int = 0
    refused: Refused | None = None


@dataclass
class Reception:
    """
    Attributes:
        speech: makes recordings text; None where that is not to be had.
        hearing: recordings that are being made text, by sender and key.
    """

    house: House
    account: Account
    speech: Speech | None = None
    hearing: dict[str, Hearing] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        return self.account.channel

    async def ask(
        self, message: Incoming, text: str, deadline: float, window: Window = "message", **more: Any
    ) -> Accepted:
        """Have the dialogue answer a text; `more` goes with it as metadata."""
        about = {"platform": self.channel, "app_id": self.account.app_id, "created": message.created[:20]}
        if isinstance(message, incoming.Event):
            about["event"] = message.name
        return await self.house.receive(
            self.channel,
            message.sender,
            with_smileys(text),
            message.key,
            {**about, "type": type(message).__name__.lower(), **more},
            passive_for=self.passive_for(deadline),
            window=window,
        )

    async def say(
        self, message: Incoming, deadline: float, name: str, window: Window = "message", sent: Sent | None = None
    ) -> Accepted:
        """Answer with the sentence of that name in words.yml; what was `sent` goes to a person, where one is there."""
        return await self.reply(message, [self.body(name)], deadline, window, sent)

    async def reply(
        self,
        message: Incoming,
        bodies: list[dict[str, Any]],
        deadline: float,
        window: Window = "message",
        sent: Sent | None = None,
    ) -> Accepted:
        passive_for = self.passive_for(deadline)
        return await self.house.answer(
            self.channel, message.sender, bodies, message.key, passive_for=passive_for, window=window, sent=sent
        )

    def body(self, name: str) -> dict[str, Any]:
        return {"text": word(name, hotline=self.account.hotline)}

    def passive_for(self, deadline: float) -> float | None:
        left = deadline + MARGIN - now()
        return left if self.account.passive and left > MARGIN else None

    async def close(self) -> None:
        """Let recordings that are being heard be stored."""
        if self.hearing:
            await asyncio.wait([one.task for one in self.hearing.values() if one.task], timeout=5)


def now() -> float:
    return asyncio.get_running_loop().time()
