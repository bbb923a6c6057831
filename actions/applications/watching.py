"""Asks the portal for the applications that somebody waits for, and tells what is worth telling. Once.

One process at a time does it, whoever holds the lease `reminders`; each may try. The new state is written down and the
notice stored in one transaction, by whoever finds the reminder as it was read. So a process that dies has either told
or changed nothing, and of two that saw the same only one tells.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.applications import news, reminders
from actions.applications.numbers import alike
from actions.applications.reminders import LONGEST, Reminder
from actions.portal.access import WatchToken
from actions.portal.application import Application
from actions.portal.errors import AccessExpired, Malformed, NotMatched, PortalError, TooManyAttempts, Unavailable
from actions.surroundings import Surroundings
from foundation import leases
from foundation.deadlines import Steadiness
from foundation.leases import Lease
from foundation.log import who
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion
from knowledge_base.search.snapshot import Snapshot

log = logging.getLogger(__name__)

LEASE, SPAN = "reminders", timedelta(seconds=20)
LOOK, SPACING = 5.0, 1.0
"""Seconds between looks whether anything is due; at least so many between two calls of the portal."""
SHORTEST, LONGEST_PAUSE = 5.0, 300.0
"""Seconds for which nothing is asked when the portal is in trouble: at first, and at most."""
DAY = timedelta(days=1)
SLOWER = 8
"""A pause is at least this part of the time that has been waited already: after eight days it is one a day."""
JITTER = 0.1


class Watching:
    """In one process. `knowledge` and `occasion` give what notices are worded with, at that moment."""

    def __init__(
        self,
        here: Surroundings,
        knowledge: Callable[[], Snapshot],
        occasion: Callable[[], Occasion],
        holder: str | None = None,
    ) -> None:
        self._here, self._knowledge, self._occasion = here, knowledge, occasion
        self._holder = holder or f"{socket.gethostname()}/{os.getpid()}-{token_hex(4)}"
        self._pause = 0.0
        self._steadiness = Steadiness(here.clock)

    async def run(self) -> None:
        """Until cancelled; that, as any other end, leaves everything told or as it was."""
        while True:
            pause = LOOK
            try:
                if await self.step():
                    pause = max(self._pause, SPACING)
            except DBAPIError as error:
                log.error("reminders wait: the database does not answer (%s)", type(error).__name__)
            except Exception:  # the turns of this process must not end for it
                log.exception("reminders wait")
            await asyncio.sleep(pause)

    async def step(self) -> bool:
        """Ask for what has waited longest. False: nothing is due, or another process asks."""
        now = self._here.clock.now()
        if await self._here.read(lambda tx: reminders.due(tx, self._here.cipher, now)) is None:
            return False
        found = await self._here.write(self._take)
        if found is None:
            return False
        try:
            await self._serve(found)
        except DBAPIError:
            raise
        except Exception:  # one must not stop the others
            log.exception("a reminder failed", extra={"conversation": who(found.conversation)})
            await self._put_off(found)
        return True

    def _take(self, tx: Connection) -> Reminder | None:
        """The lease for the next call, and what it is for."""
        now = self._here.clock.now()
        lease: Lease | None = leases.acquire(tx, LEASE, self._holder, now, SPAN)
        return reminders.due(tx, self._here.cipher, now) if lease else None

    async def _serve(self, reminder: Reminder) -> None:
        if reminder.token is None:
            return await self._end(reminder, reminders.UNREACHABLE)
        if self._here.clock.now() - reminder.created_at >= LONGEST and self._steadiness.holds():
            return await self._end(reminder, reminders.EXPIRED)
        try:
            application = await self._here.portal.watched(WatchToken(reminder.token))
            if alike(application.number) != alike(reminder.number):
                raise Malformed("the portal has told of another application than the one that was asked for")
        except (AccessExpired, NotMatched):
            await self._end(reminder, reminders.EXPIRED)
        except PortalError as error:
            log.warning("a reminder waits: %s", error, extra={"outcome": error.outcome})
            self._pause = min(max(self._pause * 2, SHORTEST), LONGEST_PAUSE)
            await self._put_off(reminder, error)
        else:
            self._pause = 0.0
            await self._seen(reminder, application)

    async def _seen(self, reminder: Reminder, application: Application) -> None:
        """Write down what the portal says, and tell it where it is worth telling."""
        now = self._here.clock.now()
        said = self._words(news.changed, reminder, application) if news.worth_telling(reminder, application) else None

        def settle(tx: Connection) -> None:
            if application.state.over:
                mine = reminders.end(tx, reminder, reminders.TOLD, now, application.state)
            else:
                next_at = self._again(reminder, now)
                mine = reminders.seen(tx, self._here.cipher, reminder, application, next_at)
            if mine and said is not None:
                news.deliver(tx, reminder, said, now, news.notice_of(reminder, application))

        await self._here.write(settle)

    async def _end(self, reminder: Reminder, outcome: str) -> None:
        """What was promised cannot be kept any longer: that is told, too."""
        now = self._here.clock.now()
        said = self._words(news.ended, reminder)
        log.info("a reminder has ended", extra={"conversation": who(reminder.conversation), "outcome": outcome})

        def settle(tx: Connection) -> None:
            if reminders.end(tx, reminder, outcome, now):
                news.deliver(tx, reminder, said, now)

        await self._here.write(settle)

    async def _put_off(self, reminder: Reminder, error: PortalError | None = None) -> None:
        now = self._here.clock.now()
        told = error.retry_after if isinstance(error, TooManyAttempts | Unavailable) else None
        next_at = self._again(reminder, now, reminder.failures + 1, told or 0.0)
        await self._here.write(lambda tx: reminders.failed(tx, reminder, next_at))

    def _again(self, reminder: Reminder, now: datetime, failures: int = 0, told: float = 0.0) -> datetime:
        """When to ask next: seldom where it has been waited long, later and later where the portal does not say."""
        first = self._here.settings.reminder_minutes
        return now + pause(first, now - reminder.created_at, failures, told)

    def _words(self, how: Callable[..., Answer], *about: Any) -> Answer:
        return how(*about, self._knowledge(), self._occasion())


def first_look(first: float, now: datetime) -> datetime:
    """When an application is first asked for that somebody waits for from now on; `first` as in `pause`."""
    return now + pause(first, timedelta())


def pause(first: float, waited: timedelta, failures: int = 0, told: float = 0.0) -> timedelta:
    """How long to leave an application alone: up to a day, give or take a tenth.

    Args:
        first: minutes between two looks at the beginning.
        waited: since it was turned on.
        failures: times in a row that the portal did not say.
        told: seconds that the portal asks for.
    """
    least = timedelta(minutes=first) * 2 ** min(failures, 12)
    wanted = min(max(least, waited / SLOWER), DAY) * random.uniform(1 - JITTER, 1 + JITTER)
    return max(wanted, min(timedelta(seconds=told), DAY))
