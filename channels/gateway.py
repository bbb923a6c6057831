"""The way of every message into the inbox and of every reply out of the outbox, the same for all channels.

A message is masked, stored and acknowledged; its turn is run by a worker, another process. What a channel sends
back it reads from the outbox, as often as it must until the citizen's side has it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from channels import conversations, metrics, passive
from channels.conversations import Body
from channels.messages import sentence
from channels.receipts import Tray
from channels.refused import Refused, clean_name, clean_text
from channels.shared_limits import RateLimit, limit_of
from channels.storage import Storage
from channels.watch import Watcher
from channels.windows import Window, open_window
from desk import handovers
from desk.sent import OTHERWISE, Sent
from foundation import erasures, outbox
from foundation.cipher import Cipher
from foundation.clock import Clock
from foundation.database import Database
from foundation.inbox import UNDONE, Accepted, Inbox, Incoming, inbox
from foundation.outbox import Reply
from foundation.settings import Settings

# By the states that they may have, for these are in an index: of a long conversation thousands are done.
_OPEN = (
    select(inbox.c.id).where(inbox.c.conversation == bindparam("of"), inbox.c.state.in_(UNDONE)).order_by(inbox.c.id)
)


class Masks(Protocol):
    """What foundation.vault.Vault does for us."""

    def hide(self, tx: Connection, text: str, conversation: str, now: datetime) -> str:
        """The text with its identifiers replaced by tokens."""


class Shortcut(Protocol):
    """Answers some messages in place of a turn, in the transaction that stores them."""

    def concerns(self, text: str) -> bool:
        """Whether a message may be one of those; decided by its text alone."""

    def answer(self, tx: Connection, conversation: str, text: str, now: datetime) -> list[Body] | None:
        """The replies; None leaves the message to a turn."""


class Gateway:
    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        vault: Masks,
        clock: Clock,
        settings: Settings,
        limit: RateLimit | None = None,
        shortcut: Shortcut | None = None,
    ) -> None:
        self.settings = settings
        self.storage = Storage(database, settings.hotline)
        self._inbox = inbox
        self._vault = vault
        self._clock = clock
        self._limit = limit or limit_of(settings.redis_url, settings.rate_limit)
        self._shortcut = shortcut
        self._watcher = Watcher(database)
        self._receipts = Tray()
        self._flusher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._watcher.start()
        self._flusher = asyncio.create_task(self._flush())

    async def stop(self) -> None:
        """Stop watching; what was read is marked delivered first."""
        if self._flusher:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
        await self._watcher.stop()
        if self._receipts:
            await asyncio.gather(self._store_receipts(), return_exceptions=True)
        await self._limit.close()
        self.storage.close()

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
        """Store one message of a citizen, once for each `message_id` of a sender.

        Text is text whatever it looks like: markup, a command, or a leading "/".

        Args:
            passive_for: for so many seconds the request may carry the replies (`take`, or else `leave`).
            window: what the platform lets us send after this message.

        Raises:
            Refused: it is malformed, comes too fast, or cannot be stored now.
        """
        try:
            storable = clean_text(text)
        except Refused as refused:
            metrics.refused.labels(channel, refused.status).inc()
            raise
        return await self._accept(channel, sender, storable, None, message_id, metadata or {}, passive_for, window)

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
        """Store a message to which the channel itself replies, and its replies; no turn is run. Otherwise as `receive`.

        Bodies that `remainder` gave are thereby used up, once.

        Args:
            sent: what it is. Where a person has the conversation, or somebody waits for one, it is theirs; while that
                is not known, because an earlier message is not done, the worker decides.
        """
        return await self._accept(channel, sender, "", list(bodies), message_id, {}, passive_for, window, sent)

    async def _accept(
        self,
        channel: str,
        sender: object,
        storable: str,
        bodies: list[Body] | None,
        message_id: str | None,
        metadata: dict[str, Any],
        passive_for: float | None,
        window: Window,
        sent: Sent | None = None,
    ) -> Accepted:
        def store(tx: Connection) -> Accepted:
            now = self._clock.now()
            until = None if passive_for is None else now + timedelta(seconds=passive_for)
            said, about, own = storable, metadata, bodies
            if bodies is None:
                own = self._own(tx, conversation, storable, message_id, now)
            elif sent is not None and self._may_be_a_persons(tx, conversation):
                said, about, own = sent.words, {**sent.to_metadata(), OTHERWISE: bodies}, None
            masked = self._vault.hide(tx, said, conversation, now) if own is None else ""
            message = Incoming(conversation, channel, masked, message_id, about)
            accepted = self._inbox.accept(tx, message, now, until, answered=own is not None)
            if not accepted.duplicate:
                open_window(tx, conversation, window, now)
                outbox.add(tx, conversation, channel, own or [], now, accepted.id)
                conversations.taken(tx, conversation, own or [], now)
            elif passive_for is not None and not accepted.late and accepted.silence >= passive.AGAIN:
                outbox.unanswered(tx, accepted.id)
            return accepted

        try:
            conversation = conversation_of(channel, sender)
            if message_id is not None:
                clean_name(message_id, "message_id")
            wait = await self._limit.take(conversation)
            if wait and not await self._is_stored(conversation, message_id):
                raise Refused(429, sentence("refused.too_fast", seconds=ceil(wait)), wait)
            accepted = await self.storage.write(store)
            if accepted.duplicate and not wait:  # what the platform posts again was not sent again
                await self._limit.give_back(conversation)
        except Refused as refused:
            metrics.refused.labels(channel, refused.status).inc()
            raise
        (metrics.duplicates if accepted.duplicate else metrics.accepted).labels(channel).inc()
        return accepted

    def _may_be_a_persons(self, tx: Connection, conversation: str) -> bool:
        """Whether what only a person can read is left to the worker: a person has the conversation, or will by the time
        that the messages before this one are done."""
        return handovers.current(tx, conversation) is not None or self._inbox.is_open(tx, conversation)

    def _own(
        self, tx: Connection, conversation: str, text: str, message_id: str | None, now: datetime
    ) -> list[Body] | None:
        """What the shortcut answers to a message that was not stored before."""
        if self._shortcut is None or not self._shortcut.concerns(text):
            return None
        if message_id is not None and self._inbox.knows(tx, conversation, message_id):
            return None
        return self._shortcut.answer(tx, conversation, text, now)

    async def _is_stored(self, conversation: str, message_id: str | None) -> bool:
        if message_id is None:
            return False
        return await self.storage.read(lambda tx: self._inbox.knows(tx, conversation, message_id))

    async def replies(self, inbox_id: int, timeout: float | None) -> list[Reply]:
        """All replies of a turn, in order, as soon as it is done; empty when nothing is to be said.

        Raises:
            asyncio.TimeoutError: the turn is not done after `timeout` seconds.
        """
        began = time.monotonic()
        replies = await self._watcher.replies(inbox_id, timeout)
        metrics.latency.observe(time.monotonic() - began)
        return replies

    def subscribe(self, conversation: str) -> AbstractAsyncContextManager[asyncio.Queue[Reply]]:
        """A queue of all replies of a conversation from now on; read `after` inside to miss none."""
        return self._watcher.subscribe(conversation)

    async def after(self, conversation: str, last_seen: int) -> list[Reply]:
        """All replies of a conversation whose id is greater than `last_seen`, in order."""

        def read(tx: Connection) -> list[Reply]:
            found: list[Reply] = []
            while page := outbox.after(tx, conversation, found[-1].id if found else last_seen):
                found += page
            return found

        return await self.storage.read(read)

    async def open_turns(self, conversation: str) -> list[int]:
        """The inbox ids of a conversation whose turns are not done, in order."""
        return await self.storage.read(lambda tx: list(tx.execute(_OPEN, {"of": conversation}).scalars()))

    def acknowledge(self, conversation: str, last_id: int) -> None:
        """The citizen's side has every reply up to this id; written down with others, soon."""
        self._receipts.up_to(conversation, last_id)

    def delivered(self, replies: list[Reply]) -> None:
        """These replies were sent to a platform; written down at once, together with those of the same moment."""
        self._receipts.sent(reply.id for reply in replies)

    def shown(self, replies: list[Reply]) -> None:
        """These replies were the answer to whoever asked, and are not sent again; written down with others, soon."""
        self._receipts.shown(reply.id for reply in replies)

    async def take(
        self, accepted: Accepted, replies: Sequence[Reply] | None = None, rest: Sequence[Sequence[Body]] = ()
    ) -> bool:
        """Claim replies for the open request of `accepted`, whose answer is to carry them; then `delivered`.

        Only the newest request of a message gets them, and only while no earlier reply of the conversation is
        undelivered. A platform that asks again after `passive.AGAIN` seconds did not get them, and may be given
        them again.

        Args:
            replies: those to claim; without them, all of the message's own turn.
            rest: what does not fit, pages of bodies, for 更多 to continue with.

        Returns:
            False: somebody else delivers, so answer nothing.
        """
        return await self.storage.write(lambda tx: passive.take(tx, accepted, replies, rest, self._clock.now()))

    async def leave(self, accepted: Accepted) -> None:
        """The request of `accepted` will carry no reply; the delivery loop may send them now."""
        await self.storage.write(lambda tx: passive.leave(tx, accepted))

    async def owed(self, channel: str, sender: object) -> list[Reply]:
        """Replies of the last 48 hours that the citizen does not have and no other request waits for, oldest first."""
        conversation = conversation_of(channel, sender)
        return await self.storage.read(lambda tx: passive.owed(tx, conversation, self._clock.now()))

    async def choice(self, channel: str, sender: object, menu_id: str) -> str | None:
        """The payload of the button that a click on a menu means; None when this citizen was not shown it."""
        conversation = conversation_of(channel, sender)
        return await self.storage.read(lambda tx: conversations.payload(tx, conversation, menu_id))

    async def remainder(self, channel: str, sender: object) -> list[Body] | None:
        """The page that 更多 continues with, to be stored by `answer`; None when nothing is left."""
        conversation = conversation_of(channel, sender)
        return await self.storage.read(lambda tx: conversations.next_page(tx, conversation))

    async def prefer(self, channel: str, sender: object, *, elderly: bool) -> None:
        """Remember whether the citizen wants 敬老版."""
        conversation = conversation_of(channel, sender)
        await self.storage.write(lambda tx: conversations.prefer(tx, conversation, elderly, self._clock.now()))

    async def elderly(self, channel: str, sender: object) -> bool:
        """Whether the citizen has chosen 敬老版."""
        conversation = conversation_of(channel, sender)
        return await self.storage.read(lambda tx: conversations.elderly(tx, conversation))

    async def forget(self, channel: str, sender: object, since: int) -> bool:
        """Erase everything that is kept of the conversation, because the citizen has unsubscribed.

        Args:
            since: when the platform said so, in seconds since 1970.

        Returns:
            False: they were erased since, and what there is came afterwards; nothing was done.
        """
        conversation = conversation_of(channel, sender)
        return await self.storage.write(
            lambda tx: erasures.leave(tx, Cipher.of_settings(self.settings), conversation, since, self._clock.now())
        )

    async def present(self, conversation: str) -> None:
        """The citizen's side is open: if they wait for a person, they have not left."""
        if await self.storage.read(lambda tx: handovers.current(tx, conversation)) is not None:
            await self.storage.write(lambda tx: handovers.seen(tx, conversation, self._clock.now()))

    async def _flush(self) -> None:
        while True:
            await self._receipts.filled()
            try:
                await self._store_receipts()
            except Refused:
                await asyncio.sleep(1)

    async def _store_receipts(self) -> None:
        receipts = self._receipts.empty()
        try:
            await self.storage.confirm(lambda tx: receipts.store(tx, self._clock.now()))
        except Refused:
            self._receipts.put_back(receipts)
            raise
        self._receipts.stored(receipts)


def conversation_of(channel: str, sender: object) -> str:
    """The key of a citizen's conversation on a channel. Raises Refused: the sender is no name."""
    return f"{channel}:{clean_name(sender, 'sender')}"


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[Gateway]:
    """The gateway, started, and stopped at the end of the block."""
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()
