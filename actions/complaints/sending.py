"""Tells the outside system what has happened to cases, in order, until it has heard.

One process at a time does it, whoever holds the lease `cases`; each may try. A delivery is sent, and then marked: a
process that dies in between sends it again, under the same key. Refused ones and those that were tried for days are
dead; the console shows them, and has them tried again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
from datetime import timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.complaints.outside import message
from actions.complaints.webhook import WITHIN, Outcome, Webhook
from actions.surroundings import Surroundings
from desk import case_deliveries, cases
from desk.case_deliveries import Delivery
from foundation import leases
from foundation.errors import VaultError
from foundation.executor import Executor

log = logging.getLogger(__name__)

LEASE, SPAN = "cases", timedelta(seconds=3 * WITHIN)
LOOK, SPACING = 2.0, 0.05
"""Seconds between looks whether anything is due; between two deliveries."""
FIRST, LONGEST = timedelta(seconds=10), timedelta(hours=6)
"""Until the second attempt, and at most between two; each time twice as long."""
MOST_ATTEMPTS = 20
"""After about three days."""
JITTER = 0.2


class Sending:
    """In one process."""

    def __init__(self, here: Surroundings, webhook: Webhook, holder: str | None = None) -> None:
        self._here, self._webhook = here, webhook
        self._holder = holder or f"{socket.gethostname()}/{os.getpid()}-{token_hex(4)}"
        self._executor = Executor("webhook", 1)  # a slow receiver keeps nobody waiting

    async def run(self) -> None:
        """Until cancelled; that, as any other end, leaves everything sent or to be sent."""
        try:
            while True:
                pause = LOOK
                try:
                    if await self.step():
                        pause = SPACING
                except DBAPIError as error:
                    log.error("deliveries of cases wait: the database does not answer (%s)", type(error).__name__)
                except Exception:  # the turns of this process must not end for it
                    log.exception("deliveries of cases wait")
                await asyncio.sleep(pause)
        finally:
            self._executor.close()
            self._webhook.close()

    async def step(self) -> bool:
        """Send what has waited longest. False: nothing is due, or another process sends."""
        now = self._here.clock.now()
        if await self._here.read(lambda tx: case_deliveries.due(tx, now)) is None:
            return False
        found = await self._here.write(self._take)
        if found is None:
            return False
        one, said = found
        outcome = await self._executor.run(lambda: self._webhook.send(one.key, said))
        await self._here.write(lambda tx: self._settle(tx, one, outcome))
        return True

    def _take(self, tx: Connection) -> tuple[Delivery, dict[str, Any]] | None:
        """The lease, and what is to be sent under it."""
        here, now = self._here, self._here.clock.now()
        if leases.acquire(tx, LEASE, self._holder, now, SPAN) is None:
            return None
        one = case_deliveries.due(tx, now)
        if one is None:
            return None
        case = cases.read(tx, one.number)
        try:
            private = cases.private_of(tx, here.cipher, case)
        except VaultError:
            case_deliveries.failed(tx, one, "ZHENGWU_SECRET_KEY is not the key of this case", None)
            log.error("a case cannot be sent: ZHENGWU_SECRET_KEY is not its key", extra={"case": one.number})
            return None
        return one, message(one.event, case, private, here.settings, now)

    def _settle(self, tx: Connection, one: Delivery, outcome: Outcome) -> None:
        now = self._here.clock.now()
        if outcome.arrived:
            case_deliveries.sent(tx, one, now)
            return
        again = outcome.again and one.attempts + 1 < MOST_ATTEMPTS
        case_deliveries.failed(tx, one, outcome.problem, now + pause(one.attempts) if again else None)
        about = {"case": one.number, "attempt": one.attempts + 1, "problem": outcome.problem}
        if again:
            log.warning("a case was not taken by the outside system; trying again", extra=about)
        else:
            log.error("a case is not sent any more: look at it in the console, and have it sent again", extra=about)


def pause(attempts: int) -> timedelta:
    """Until the next attempt, after so many that failed before this one."""
    return min(FIRST * 2 ** min(attempts, 16), LONGEST) * random.uniform(1 - JITTER, 1 + JITTER)
