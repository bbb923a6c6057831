"""Tells citizens to whom the platform lets us write nothing: by template and subscription messages, where it has them.

One at a time, by the process that delivers for the account. What a notice cannot be sent for stays held.
"""

from __future__ import annotations

import logging
import time

from sqlalchemy.engine import Connection

from channels import metrics
from channels.delivery import notice_book as book
from channels.delivery.breaker import Breaker
from channels.delivery.ledger import LAST, SECOND
from channels.delivery.notice_book import Telling
from channels.storage import Storage
from channels.wechat.notifications import WAITING, Notice, Notifications, Outcome
from foundation import leases
from foundation.clock import Clock
from foundation.leases import Lease

log = logging.getLogger(__name__)

LATER = 60.0
"""Seconds after which one is tried again that the platform was too busy for."""


class Notices:
    """For one account."""

    def __init__(self, storage: Storage, channel: str, notifications: Notifications, clock: Clock) -> None:
        self._storage, self._channel, self._clock = storage, channel, clock
        self._notifications = notifications
        self._events = sorted(set(notifications.events(channel)) - {WAITING})
        self._breaker = Breaker()
        self._left_alone: dict[tuple[str, int | None], float] = {}

    async def tell(self, lease: Lease) -> bool:
        """Send the next notice.

        Returns:
            Whether there was one.

        Raises:
            LeaseLost: another process delivers for this account.
            Refused: the database does not answer.
        """
        if self._breaker.open:
            return False
        found = await self._storage.read(self._next)
        if found is None:
            return False
        if found.calls:
            self._count("interrupted")
        telling = await self._storage.write(lambda tx: self._call(tx, found, lease))
        while telling is not None:
            telling = await self._once(telling)
        return True

    def _next(self, tx: Connection) -> Telling | None:
        now = time.monotonic()
        self._left_alone = {which: until for which, until in self._left_alone.items() if until > now}
        replies = [reply for _, reply in self._left_alone if reply is not None]
        found = book.news(tx, self._channel, self._events, replies) if self._events else None
        if found is not None or not self._notifications.has(WAITING, self._channel):
            return found
        conversations = [conversation for conversation, reply in self._left_alone if reply is None]
        return book.waiting(tx, self._channel, WAITING, self._events, conversations)

    def _call(self, tx: Connection, telling: Telling, lease: Lease | None = None) -> Telling | None:
        """Count the next call; None when there is to be none."""
        if lease is not None:
            leases.require(tx, lease)
        if telling.calls >= LAST:  # it may be what kills the process
            book.doubtful(tx, telling, self._clock.now())
            return None
        return book.call(tx, telling, self._clock.now())

    async def _once(self, telling: Telling) -> Telling | None:
        """Make the call and write down what came of it; what is to be called for once more."""
        notice = await self._send(telling)
        outcome = notice.outcome
        self._count(outcome.value)
        now = self._clock.now()
        if outcome is Outcome.UNKNOWN:
            if telling.calls < SECOND:
                return await self._storage.insist(lambda tx: self._call(tx, telling))
            await self._storage.insist(lambda tx: book.doubtful(tx, telling, now))
        elif outcome is Outcome.SENT:
            self._breaker.sent()
            await self._storage.insist(lambda tx: book.sent(tx, telling, notice.platform_id, now))
        elif outcome in (Outcome.LATER, Outcome.BROKEN):
            self._left_alone[telling.conversation, telling.reply] = time.monotonic() + LATER
            if seconds := self._breaker.trip():
                log.warning("%s: no notice is sent for %.0f s (errcode %d)", self._channel, seconds, notice.code)
            await self._storage.insist(lambda tx: book.refused(tx, telling))
        else:
            await self._storage.insist(lambda tx: book.settled(tx, telling))
        return None

    async def _send(self, telling: Telling) -> Notice:
        recipient = telling.conversation.removeprefix(f"{self._channel}:")
        try:
            if telling.reply is None:
                return await self._notifications.reply_waiting(self._channel, recipient, telling.key)
            return await self._notifications.send(telling.event, self._channel, recipient, telling.values, telling.key)
        except Exception:  # whatever it was, the request may have been on its way
            log.exception("%s: a notice failed in a way nobody foresaw", self._channel)
            return Notice(Outcome.UNKNOWN)

    def _count(self, outcome: str) -> None:
        metrics.sends.labels(self._channel, f"notice_{outcome}").inc()
