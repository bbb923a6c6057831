"""The house under `rasa run`: Rasa's agent in this process, and what the gateway keeps in its database in memory.

Messages of one citizen are answered one after the other, those of several side by side; nothing survives the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol

from rasa.core.channels.channel import OutputChannel, UserMessage

from channels.conversations import CONTINUES, Body
from channels.delivery.platform import Platform
from channels.messages import sentence
from channels.passive import AGAIN
from channels.refused import Refused, clean_name, clean_text
from channels.rendering import Style, as_body, pages
from channels.rest import OnNewMessage
from channels.windows import Window
from desk.sent import Sent
from foundation.inbox import ASKED_FOR, Accepted
from foundation.outbox import Reply

log = logging.getLogger(__name__)

THINKS_LONG = 1.5
"""Seconds after which the citizen is shown that an answer is being written."""
REMEMBERED = 600.0
"""Seconds for which a message, and replies that nobody could be given, are kept."""
MOST_WAITING = 20
"""Messages of one citizen that may wait."""
DRAIN = 3.0


class Output(Protocol):
    """channels.wechat.output.WechatOutput."""

    bodies: list[Body]

    async def flush(self, recipient_id: str) -> None: ...


class Collected(OutputChannel):
    """The replies of a turn, each whole."""

    def __init__(self, channel: str) -> None:
        self.bodies: list[Body] = []
        self._channel = channel

    def name(self) -> str:
        return self._channel

    async def send_response(self, recipient_id: str, message: Body) -> None:
        self.bodies.append({key: value for key, value in message.items() if value not in (None, [], {})})


@dataclass(eq=False)
class Turn:
    id: int
    conversation: str
    at: float
    began: float
    attempt: int = 1
    until: float = 0.0
    """Until then an open request may take the replies."""
    taken_at: float | None = None
    given: bool = False
    """The citizen has the replies, or will by the API."""
    replies: list[Reply] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """An open request has taken the replies, or waits no more."""


class AgentHouse:
    """See channels.house.House and, for what each method means, channels.gateway.Gateway."""

    def __init__(
        self,
        channel: str,
        on_new_message: OnNewMessage,
        platform: Platform | None = None,
        output: Output | None = None,
        hotline: str = "12345",
    ) -> None:
        """`output` sends by the API; without it, replies wait to be harvested."""
        self._channel, self._run, self._hotline = channel, on_new_message, hotline
        self._platform, self._output = platform, output
        self._style = replace(platform.style() if platform else Style(hotline=hotline), menu=False)
        self._ids = count(1)
        self._turns: dict[int, Turn] = {}
        self._known: dict[tuple[str, str], Turn] = {}
        self._last: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, int] = {}
        self._rest: dict[str, list[list[Body]]] = {}
        self._elderly: set[str] = set()

    async def receive(
        self,
        channel: str,
        sender: object,
        text: object,
        message_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        *,
        passive_for: float | None = None,
        window: Window = "none",
    ) -> Accepted:
        said = clean_text(text)
        said = f"／{said[1:]}" if said.startswith("/") else said  # never an intent
        about = dict(metadata or {})

        async def ask(turn: Turn) -> list[Body]:
            collected = Collected(channel)
            message = UserMessage(
                said, collected, turn.conversation, input_channel=channel, message_id=message_id, metadata=about
            )
            await self._run(message)
            return collected.bodies

        return self._accept(sender, message_id, passive_for, ask)

    async def answer(
        self,
        channel: str,
        sender: object,
        bodies: Sequence[Body],
        message_id: str | None = None,
        *,
        passive_for: float | None = None,
        window: Window = "none",
        sent: Sent | None = None,
    ) -> Accepted:
        async def ready(turn: Turn) -> list[Body]:
            return list(bodies)

        accepted = self._accept(sender, message_id, passive_for, ready)
        if not accepted.duplicate and any(CONTINUES in body for body in bodies):
            conversation = self._turns[accepted.id].conversation
            self._rest[conversation] = self._rest.get(conversation, [])[1:]
        return accepted

    def _accept(
        self,
        sender: object,
        message_id: str | None,
        passive_for: float | None,
        work: Callable[[Turn], Awaitable[list[Body]]],
    ) -> Accepted:
        conversation, now = f"{self._channel}:{clean_name(sender, 'sender')}", _now()
        self._forget_old(now)
        until = now + passive_for if passive_for else 0.0
        known = self._known.get((conversation, message_id)) if message_id else None
        if known is not None:
            if now - known.began > ASKED_FOR.total_seconds():
                return Accepted(known.id, True, known.attempt + 1, late=True)
            silence, known.at, known.until = now - known.at, now, until
            known.attempt += 1
            if known.taken_at is not None and silence >= AGAIN:  # the platform did not get it
                known.taken_at, known.given = None, False
            return Accepted(known.id, True, known.attempt, silence)
        if self._waiting.get(conversation, 0) >= MOST_WAITING:
            raise Refused(429, sentence("refused.too_fast", seconds=5), 5)
        turn = Turn(next(self._ids), conversation, now, now, until=until)
        self._turns[turn.id] = turn
        if message_id:
            self._known[conversation, message_id] = turn
        self._waiting[conversation] = self._waiting.get(conversation, 0) + 1
        task = asyncio.create_task(self._serve(turn, work, self._last.get(conversation)))
        self._last[conversation] = task
        return Accepted(turn.id, False)

    async def replies(self, inbox_id: int, timeout: float | None) -> list[Reply]:
        turn = self._turns[inbox_id]
        await asyncio.wait_for(turn.done.wait(), timeout)
        return list(turn.replies)

    async def open_turns(self, conversation: str) -> list[int]:
        return [
            turn.id for turn in self._turns.values() if turn.conversation == conversation and not turn.done.is_set()
        ]

    async def take(
        self, accepted: Accepted, replies: Sequence[Reply] | None = None, rest: Sequence[Sequence[Body]] = ()
    ) -> bool:
        own = self._turns[accepted.id]
        wanted = {reply.inbox_id for reply in replies or own.replies}
        turns = [turn for turn in self._turns.values() if turn.id in wanted]
        if own.attempt != accepted.attempt or not turns or any(turn.given for turn in turns):
            return False
        for turn in turns:
            turn.taken_at, turn.given = _now(), True
            turn.settled.set()
        left = [list(page) for page in rest]
        if any(CONTINUES in reply.body for turn in turns for reply in turn.replies):
            left += self._rest.get(own.conversation, [])
        self._rest[own.conversation] = left
        return True

    def delivered(self, replies: list[Reply]) -> None:
        """Nothing to note: what was taken is given."""

    async def leave(self, accepted: Accepted) -> None:
        turn = self._turns.get(accepted.id)
        if turn is not None and turn.attempt == accepted.attempt:
            turn.until = 0.0
            turn.settled.set()

    async def owed(self, channel: str, sender: object) -> list[Reply]:
        conversation, now = f"{channel}:{sender}", _now()
        turns = [t for t in self._turns.values() if t.conversation == conversation and not t.given and t.until < now]
        return [reply for turn in turns for reply in turn.replies]

    async def choice(self, channel: str, sender: object, menu_id: str) -> str | None:
        """No menus are sent from here: choices are numbered."""
        return None

    async def remainder(self, channel: str, sender: object) -> list[Body] | None:
        left = self._rest.get(f"{channel}:{sender}")
        return [{**body, CONTINUES: "memory"} for body in left[0]] if left else None

    async def prefer(self, channel: str, sender: object, *, elderly: bool) -> None:
        (self._elderly.add if elderly else self._elderly.discard)(f"{channel}:{sender}")

    async def elderly(self, channel: str, sender: object) -> bool:
        return f"{channel}:{sender}" in self._elderly

    async def forget(self, channel: str, sender: object, since: int) -> bool:
        """What this class keeps. The tracker store under `rasa run` is Rasa's own."""
        conversation = f"{channel}:{sender}"
        self._elderly.discard(conversation)
        self._rest.pop(conversation, None)
        for turn in [turn for turn in self._turns.values() if turn.conversation == conversation]:
            turn.given = True
        return True

    async def close(self) -> None:
        """Let turns under way end."""
        if self._last:
            await asyncio.wait(list(self._last.values()), timeout=DRAIN)

    async def _serve(
        self, turn: Turn, work: Callable[[Turn], Awaitable[list[Body]]], before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            bodies = await self._shown(turn, work)
        except Exception:  # the agent's, whatever it is: the citizen is not left without a word
            log.exception("a turn failed")
            bodies = [{"text": sentence("refused.unavailable", hotline=self._hotline)}]
        last = len(bodies) - 1
        turn.replies = [
            Reply(next(self._ids), turn.conversation, self._channel, turn.id, n, n == last, body)
            for n, body in enumerate(bodies)
        ]
        turn.done.set()
        self._waiting[turn.conversation] -= 1
        await self._deliver(turn)
        if self._last.get(turn.conversation) is asyncio.current_task():
            del self._last[turn.conversation], self._waiting[turn.conversation]

    async def _shown(self, turn: Turn, work: Callable[[Turn], Awaitable[list[Body]]]) -> list[Body]:
        """Run a turn, and show that an answer is being written when it takes long."""
        running = asyncio.ensure_future(work(turn))
        if self._platform is not None and not (await asyncio.wait([running], timeout=THINKS_LONG))[0]:
            await self._platform.typing(self._sender(turn))
        return await running

    async def _deliver(self, turn: Turn) -> None:
        """Send by the API what no open request takes."""
        while not turn.settled.is_set() and turn.until > _now():  # a request more may prolong it
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(turn.settled.wait(), turn.until - _now())
        if turn.given or self._output is None:
            return
        turn.given = True
        style = replace(self._style, elderly=turn.conversation in self._elderly)
        book = [as_body(page) for page in pages(turn.replies, style)]
        if not book:
            return
        continues = any(CONTINUES in reply.body for reply in turn.replies)
        self._rest[turn.conversation] = book[1:] + (self._rest.get(turn.conversation, []) if continues else [])
        self._output.bodies = book[0]
        await self._output.flush(turn.conversation)

    def _sender(self, turn: Turn) -> str:
        return turn.conversation.removeprefix(f"{self._channel}:")

    def _forget_old(self, now: float) -> None:
        for turn in list(self._turns.values()):
            if now - turn.at < REMEMBERED:
                break
            if turn.done.is_set():
                del self._turns[turn.id]
        if len(self._known) > 2 * len(self._turns) + 100:
            self._known = {key: turn for key, turn in self._known.items() if turn.id in self._turns}


def _now() -> float:
    return asyncio.get_running_loop().time()
