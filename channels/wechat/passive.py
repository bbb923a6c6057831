"""What the answer to a callback carries: the reply itself, where it is there in time, or `success`.

The platform waits five seconds, then hangs up and asks again, three times in all. There are three ways with it:

- Hybrid: one short text within 4.5 s is the answer; anything else goes by the customer-service API.
- Harvest, for accounts without that API: the first two requests are kept waiting until the platform asks again; the
  third is told to come back. What could not be given is given first when the citizen writes again.
- Later, for mini-programs, whose answers carry no text: everything goes by the API.

Protocol: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from channels.conversations import Body
from channels.house import House
from channels.rendering import Image, Part, Style, Text, as_body, numbered, pages
from channels.rendering.splitting import size
from channels.wechat.account import Account
from channels.wechat.reception import now
from channels.wechat.words import word
from foundation.inbox import Accepted
from foundation.outbox import Reply

DECIDES = 4.5
"""Seconds after its arrival at which a request that will be answered is answered, whatever there is."""
HOLDS = 4.9
"""Harvest: as long as an answer may still arrive in time."""
HANGS = 6.5
"""Harvest: by then the platform has hung up, so that it will ask again."""
SOON = 2.5
"""Harvest: seconds for a turn when something else is there to be given."""
PAUSE = 0.2
"""Harvest: seconds between attempts to get hold of replies."""
REQUESTS = 3
"""How often the platform asks."""


@dataclass(frozen=True)
class Given:
    """A text for the answer, and the replies that are thereby delivered once it is written."""

    text: str
    replies: tuple[Reply, ...] = ()


class Strategy(Protocol):
    deadline: float
    """Seconds after its arrival until which a request can carry an answer."""

    async def answer(self, accepted: Accepted, sender: str, arrived: float) -> Given | None:
        """What the answer to a request carries.

        Args:
            accepted: the message that it brought.
            arrived: when it came, on the loop's clock.
        """

    async def close(self) -> None:
        """Let what runs in the background end."""


def strategy(account: Account, house: House) -> Strategy:
    """The way of an account."""
    if not account.passive:
        return Later()
    return (Harvest if account.reply == "harvest" else Hybrid)(house, account)


class Background:
    """Tasks that nobody waits for, kept until they are done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=1)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at; whatever it was, nothing depends on it


class Hybrid:
    deadline = DECIDES

    def __init__(self, house: House, account: Account) -> None:
        self._house, self._account = house, account
        self._style = Style(hotline=account.hotline)
        self._background = Background()

    async def answer(self, accepted: Accepted, sender: str, arrived: float) -> Given | None:
        """One short text that is ready in time; None when the delivery loop is to send what there is."""
        try:
            replies = await self._house.replies(accepted.id, left(arrived + DECIDES))
            # After a long wait for the database the platform may be gone; what it does not read would count as read.
            if now() < arrived + HOLDS and (given := await self._given(accepted, sender, replies)):
                return given
        except asyncio.CancelledError:  # the platform has hung up
            self._background.spawn(self._house.leave(accepted))
            raise
        except asyncio.TimeoutError:
            pass
        await self._house.leave(accepted)
        return None

    async def close(self) -> None:
        await self._background.close()

    async def _given(self, accepted: Accepted, sender: str, replies: list[Reply]) -> Given | None:
        if not replies:
            return None
        elderly = await self._house.elderly(self._account.channel, sender)
        book = pages(replies, replace(self._style, elderly=elderly))
        if len(book) != 1 or len(book[0]) != 1 or not isinstance(book[0][0], Text):
            return None
        taken = await self._house.take(accepted)
        return Given(book[0][0].text, tuple(replies)) if taken else None


class Harvest:
    deadline = HOLDS

    def __init__(self, house: House, account: Account) -> None:
        self._house, self._account = house, account
        self._style = Style(menu=False, hotline=account.hotline)
        self._background = Background()

    async def answer(self, accepted: Accepted, sender: str, arrived: float) -> Given | None:
        """What is owed and what was asked for, as far as one text holds it; 更多 continues."""
        try:
            return await self._answer(accepted, sender, arrived)
        except asyncio.CancelledError:
            if accepted.attempt >= REQUESTS:
                self._background.spawn(self._house.leave(accepted))
            raise

    async def close(self) -> None:
        await self._background.close()

    async def _answer(self, accepted: Accepted, sender: str, arrived: float) -> Given | None:
        last = accepted.attempt >= REQUESTS
        until = arrived + (DECIDES if last else HOLDS)
        soon = bool(await self._owed(accepted, sender))
        own: list[Reply] | None = None
        with contextlib.suppress(asyncio.TimeoutError):
            own = await self._house.replies(accepted.id, left(min(until, arrived + SOON) if soon else until))
        if own == [] and not soon:  # nothing is to be said
            return None
        while replies := [*await self._owed(accepted, sender), *(own or [])]:
            if given := await self._given(accepted, sender, replies, done=own is not None):
                return given
            if now() + PAUSE > until:
                break
            await asyncio.sleep(PAUSE)  # the message before is just being answered, by a request of its own
        if not last:
            await asyncio.sleep(arrived + HANGS - now())
            return None
        await self._house.leave(accepted)
        return None if own is not None else Given(word("thinking", hotline=self._account.hotline))

    async def _owed(self, accepted: Accepted, sender: str) -> list[Reply]:
        owed = await self._house.owed(self._account.channel, sender)
        return [reply for reply in owed if reply.inbox_id != accepted.id]

    async def _given(self, accepted: Accepted, sender: str, replies: list[Reply], *, done: bool) -> Given | None:
        elderly = await self._house.elderly(self._account.channel, sender)
        text, rest = in_one(replies, replace(self._style, elderly=elderly))
        if not text or not await self._house.take(accepted, replies, rest):
            return None
        if not done:
            await self._house.leave(accepted)
            note = f"{text}\n\n{word('also_thinking')}"
            text = note if size(note) <= self._style.max_bytes else text
        return Given(text, tuple(replies))


class Later:
    deadline = DECIDES

    async def answer(self, accepted: Accepted, sender: str, arrived: float) -> Given | None:
        """Nothing; the delivery loop sends what there will be."""
        return None

    async def close(self) -> None:
        pass


def in_one(replies: Sequence[Reply], style: Style) -> tuple[str, list[list[Body]]]:
    """Replies as one text and the pages that follow it: what a person said and what the assistant said together, too,
    where they fit."""
    for most in (style.most_parts, 1):
        book = pages(replies, replace(style, most_parts=most))
        text = "\n\n".join(map(said, book[0])) if book else ""
        if size(text) <= style.max_bytes:
            break
    return text, [as_body(page) for page in book[1:]]


def said(part: Part) -> str:
    """A part as text: an answer to a callback can carry nothing else without an upload."""
    if isinstance(part, Text):
        return part.text
    return word("picture", url=part.url) if isinstance(part, Image) else numbered(part).text


def left(until: float) -> float:
    """Seconds until then on the loop's clock; never none, so that what is done already is seen."""
    return max(0.05, until - now())
