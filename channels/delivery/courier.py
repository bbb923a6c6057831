"""Delivers what one conversation is to be told: calls the platform part by part, and does what its answers ask for."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime

from channels import metrics, rendering
from channels.delivery import ledger
from channels.delivery.breaker import Breaker
from channels.delivery.lanes import Lanes
from channels.delivery.ledger import SECOND, Delivery
from channels.delivery.planner import Planner
from channels.delivery.platform import Action, Platform, SendError
from channels.rendering import Image, Menu, Part, Text
from channels.storage import Storage
from foundation.clock import Clock

log = logging.getLogger(__name__)

BACKOFF = (0.5, 1.5, 4.0)
"""Seconds before each further call to a busy platform, give or take half."""
SOON, LATER, LATEST = 0.1, 60.0, 900.0
"""Seconds after which a conversation is looked at again: an open request may carry its reply; the platform stayed busy,
or refuses this conversation alone, and twice as long each further time."""


class NotTaken(Exception):
    """A part was not sent, which is written down, and is to be tried again."""

    def __init__(self, error: SendError) -> None:
        super().__init__(str(error))
        self.error = error


class Courier:
    """For one account."""

    def __init__(self, storage: Storage, platform: Platform, clock: Clock, planner: Planner, breaker: Breaker) -> None:
        self._storage = storage
        self._platform = platform
        self._clock = clock
        self._planner = planner
        self._breaker = breaker
        self._lanes = Lanes()
        self._busy: dict[str, float] = {}

    async def serve(self, conversation: str) -> float:
        """Send all that may be sent now.

        Returns:
            Seconds for which to leave the conversation alone.

        Raises:
            LeaseLost: another process delivers for this account.
            Refused: the database does not answer.
        """
        pauses, pause = list(BACKOFF), SOON
        while True:
            try:
                async with self._lanes.enter():
                    if self._breaker.open:
                        return SOON
                    delivery = await self._planner.next(conversation)
                    if delivery is None:
                        return pause
                    while delivery is not None:
                        delivery = await self._part(delivery)
                pauses, pause = list(BACKOFF), 0.0
            except NotTaken as failure:
                if failure.error.action is not Action.RETRY or not pauses:
                    return self._pause(conversation, failure.error)
                self._count("retried")
                await asyncio.sleep(pauses.pop(0) * random.uniform(0.5, 1.5))

    async def _part(self, delivery: Delivery) -> Delivery | None:
        """Call for the next part and write down what came of it; what is to be called for now."""
        called_at = self._clock.now()
        try:
            platform_id = await self._call(delivery)
        except SendError as error:
            self._count(error.action.value)
            return await self._failed(delivery, error, called_at)
        self._count("sent")
        self._busy.pop(delivery.conversation, None)
        self._breaker.sent(delivery.conversation)
        return await self._storage.insist(lambda tx: self._planner.go_on(tx, delivery, platform_id))

    async def _call(self, delivery: Delivery) -> str | None:
        recipient = delivery.conversation.removeprefix(f"{self._platform.channel}:")
        try:
            return await self._platform.send(recipient, delivery.part, delivery.part_key)
        except SendError:
            raise
        except Exception as error:  # whatever it was, the request may have been on its way
            log.exception("%s: a call failed in a way nobody foresaw", self._platform.channel)
            raise SendError(0, Action.UNKNOWN, type(error).__name__) from error

    async def _failed(self, delivery: Delivery, error: SendError, called_at: datetime) -> Delivery | None:
        if error.action is Action.UNKNOWN:
            if delivery.calls >= SECOND:  # once more is enough
                return await self._storage.insist(lambda tx: self._planner.go_on(tx, delivery, doubtful=True))
            return await self._storage.insist(lambda tx: self._planner.call(tx, delivery))
        if error.action is Action.CLOSED:
            await self._storage.insist(lambda tx: ledger.closed(tx, delivery, called_at, self._clock.now()))
            return None
        if error.action is Action.DROP:
            log.warning("%s: a reply is given up: %s", self._platform.channel, error)
            await self._storage.insist(lambda tx: ledger.drop(tx, delivery, self._clock.now()))
            return None
        if error.action is Action.FEATURE_OFF and not isinstance(delivery.part, Text):
            if isinstance(delivery.part, Menu):
                log.warning("%s: menus are sent as numbered lines from now on: %s", self._platform.channel, error)
                self._planner.menus = False
            return await self._storage.insist(lambda tx: ledger.reword(tx, delivery, plainly(delivery.part)))
        await self._storage.insist(lambda tx: ledger.refused(tx, delivery))
        raise NotTaken(error)

    def _pause(self, conversation: str, error: SendError) -> float:
        """How long to wait: this conversation, or all of them when nothing gets through."""
        if (error.action is Action.RETRY and error.code) or self._breaker.is_alone(conversation):
            pause = min(self._busy.get(conversation, LATER / 2) * 2, LATEST)
            self._busy[conversation] = pause
            log.warning("%s: a reply is tried again in %.0f s: %s", self._platform.channel, pause, error)
            return pause
        if seconds := self._breaker.trip(conversation):
            log.error("%s: nothing is sent for %.0f s: %s", self._platform.channel, seconds, error)
        return SOON

    def _count(self, outcome: str) -> None:
        metrics.sends.labels(self._platform.channel, outcome).inc()


def plainly(part: Part) -> Part:
    """A menu or a picture as text."""
    if isinstance(part, Menu):
        return rendering.numbered(part)
    return Text(part.url) if isinstance(part, Image) else part
