"""Beside the turn worker: events of conversations go to the broker, after their transactions have committed.

What is sent is read from the conversations' own table, from where the last confirmed event stood. So no turn waits for
the broker, and nothing is lost while it is away: it is sent when it is back. An event may come twice (the broker took
it, and we never heard), under the same message id. One process at a time sends.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

from aio_pika import DeliveryMode, Message
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from bot.events import telling
from bot.events.broker import Broker, Undelivered
from bot.events.shown import pseudonym, shown
from foundation import cursors, dialogue, leases
from foundation.cursors import EVENTS, Horizon
from foundation.dialogue import Written, tracker_events
from foundation.errors import LeaseLost

log = logging.getLogger(__name__)

SPAN = timedelta(seconds=60)
EVERY, BETWEEN, LONGEST = 0.5, 0.02, 30.0
"""Seconds between two looks, between two batches that wait, and at most between two tries while the broker is away."""
BATCH = 100
"""Events that are sent at once: turns of this process wait while they are written out."""


@asynccontextmanager
async def events_keeping(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Send events until the end of the block, where a broker is named; every worker may, and one of them does.

    Raises:
        ConfigError: the address is none of a broker.
    """
    if here.settings.amqp_url is None:
        yield
        return
    async with beside(Keeper(here, name).run(), telling.telling(here, name)):
        yield


class Keeper:
    """In one process."""

    def __init__(self, here: Surroundings, name: str) -> None:
        assert here.settings.amqp_url is not None
        self._here, self._name = here, name
        self._broker = Broker(here.settings.amqp_url.get_secret_value(), here.settings.amqp_exchange)
        self._horizon = Horizon(here.database, tracker_events)
        self._trouble, self._pause = "", EVERY

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await asyncio.sleep(await self._tried())
        finally:
            await self._broker.close()

    async def _tried(self) -> float:
        """One step, whatever becomes of it; the seconds until the next."""
        try:
            sent = await self.step()
        except Undelivered as error:
            self._say(str(error))
            self._pause = min(self._pause * 2, LONGEST)
            return self._pause
        except DBAPIError as error:
            self._say(f"the database does not answer ({type(error).__name__})")
        except LeaseLost:
            pass  # another process sends
        except Exception:  # the turns of this process must not end for it
            log.exception("events wait")
        else:
            self._pause = EVERY
            if sent:
                self._say("")
            return BETWEEN if sent == BATCH else EVERY
        return EVERY

    def _say(self, trouble: str) -> None:
        """Log once what keeps the events, and when it is over."""
        if trouble and trouble != self._trouble:
            log.error("events wait: %s", trouble)
        elif self._trouble and not trouble:
            log.info("events are sent again")
        self._trouble = trouble

    async def step(self) -> int:
        """Send the next few, and note what the broker has confirmed; how many were looked at.

        Raises:
            Undelivered: the broker did not take all of them; those that it took are noted.
            LeaseLost: another process sends meanwhile; it may send some of them again.
        """
        reached = await self._here.run(self._horizon.look)
        if reached is None or reached == await self._here.read(lambda tx: cursors.position(tx, EVENTS)):
            return 0
        lease = await self._here.write(self._lease)
        if lease is None:
            return 0
        events = await self._here.write(lambda tx: self._next(tx, reached))
        if not events:
            return 0
        messages = [(event.id, message) for event in events if (message := self._message(event)) is not None]
        done, confirmed, trouble = events[-1].id, len(messages), None
        try:
            await self._broker.send([message for _, message in messages])
        except Undelivered as error:
            confirmed, trouble = error.confirmed, error
            done = messages[confirmed][0] - 1
        telling.sent.inc(confirmed)

        def note(tx: Connection) -> None:
            leases.require(tx, lease)
            cursors.move(tx, EVENTS, done, self._here.clock.now())

        await self._here.write(note)
        if trouble is not None:
            raise trouble
        return len(events)

    def _lease(self, tx: Connection) -> leases.Lease | None:
        return leases.acquire(tx, EVENTS, self._name, self._here.clock.now(), SPAN)

    def _next(self, tx: Connection, reached: int) -> list[Written]:
        """What is to be sent next; the first time, what comes from now on."""
        position = cursors.position(tx, EVENTS)
        if position is None:
            cursors.move(tx, EVENTS, reached, self._here.clock.now())
            return []
        return dialogue.written(tx, position, reached, BATCH)

    def _message(self, event: Written) -> Message | None:
        body = shown(event.body, pseudonym(self._here.cipher, event.conversation))
        if body is None:
            return None
        return Message(
            json.dumps(body, ensure_ascii=False).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=DeliveryMode.PERSISTENT,
            # With its time: after an older backup was restored, a number may come again for another event.
            message_id=f"{event.id}-{round(event.at * 1_000_000)}",
            timestamp=datetime.fromtimestamp(event.at, timezone.utc),
            type=str(body["event"]),
            app_id="zhengwu",
        )
