"""Sends alerts to the addresses that the settings name: each alert once to each, however many workers there are."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.complaints.webhook import WITHIN
from actions.surroundings import Surroundings
from bot.reporting import names
from bot.warning.addresses import Addresses
from foundation.executor import Executor
from insights.warning import alerts, messages, telling
from insights.warning.messages import Message

log = logging.getLogger(__name__)

LOOK, SPACING = 2.0, 0.05
"""Seconds between looks whether anything is due; between two messages."""
SPAN = timedelta(seconds=3 * WITHIN)
"""For so long a message is nobody else's; it is given up when whoever sends it has died."""
FIRST, LONGEST = timedelta(seconds=10), timedelta(minutes=30)
MOST_ATTEMPTS = 12
"""After about three hours an alert is old news."""
SAMPLES = 5


class Sending:
    """In one process."""

    def __init__(self, here: Surroundings, addresses: Addresses) -> None:
        self._here, self._addresses = here, addresses
        self._executor = Executor("alerts", 1)  # a slow receiver keeps nobody waiting

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                pause = LOOK
                try:
                    if await self._executor.run(self.step):
                        pause = SPACING
                except DBAPIError as error:
                    log.error("alerts wait to be sent: the database does not answer (%s)", type(error).__name__)
                except Exception:  # the turns of this process must not end for it
                    log.exception("alerts wait to be sent")
                await asyncio.sleep(pause)
        finally:
            self._executor.close()
            self._addresses.close()

    def step(self) -> bool:
        """Send what has waited longest; blocks. False: nothing is due."""
        here = self._here
        with here.database.read() as tx:
            if not messages.due(tx, here.clock.now()):
                return False
        with here.database.write() as tx:
            one = messages.take(tx, here.clock.now(), SPAN)
        if one is None:
            return False
        with here.database.read() as tx:
            message, markdown = content(tx, one, here.settings.office_name, here.settings.console_url, here.clock.now())
        outcome = self._addresses.send(one.address, one.key, message, markdown)
        with here.database.write() as tx:
            now = here.clock.now()
            if outcome.arrived:
                if messages.sent(tx, one, now):
                    alerts.note(tx, one.alert, "sent", now, "", {"address": one.address})
            else:
                again = outcome.again and one.attempts < MOST_ATTEMPTS
                _failed(tx, one, outcome.problem, now, again)
        return True


def _failed(tx: Connection, one: Message, problem: str, now: datetime, again: bool) -> None:
    known = messages.failed(tx, one, problem, now + pause(one.attempts) if again else None)
    about = {"alert": one.alert, "address": one.address, "attempt": one.attempts, "problem": problem}
    if again:
        log.warning("an alert was not taken; trying again", extra=about)
        return
    log.error("an alert is not sent any more", extra=about)
    if known:
        alerts.note(tx, one.alert, "not_sent", now, "", {"address": one.address, "problem": problem})


def content(tx: Connection, one: Message, office: str, console: str, now: datetime) -> tuple[dict[str, Any], str]:
    """What is sent: as JSON for another system, as Markdown for a group."""
    alert, known = alerts.find(tx, one.alert), names(tx)
    assert alert is not None
    asked = telling.samples(tx, alert, SAMPLES)
    link = f"{console.rstrip('/')}/insights/alerts/{alert.id}" if console else None
    message = {
        "alert": alert.id,
        "office": office,
        "what": alert.what,
        "severity": alert.severity,
        "subject": alert.subject,
        "title": telling.title(alert, known),
        "why": telling.why(alert, known, now),
        "people": alert.people,
        "usual": [alert.low, alert.high],
        "since": alert.since.isoformat(),
        "until": alert.until.isoformat(),
        "questions": asked,
        "link": link,
    }
    lines = telling.text(alert, known, [_harmless(text) for text in asked], now)
    tail = [telling.WORDS.say("message.office", office=office)]
    tail += [f"[{telling.WORDS.say('message.link')}]({link})"] if link else []
    return message, "\n".join([f"**{lines[0]}**", *lines[1:], *tail])


def pause(attempts: int) -> timedelta:
    """Until the next attempt, after so many."""
    return min(FIRST * 2 ** min(attempts - 1, 12), LONGEST) * random.uniform(0.8, 1.2)


def _harmless(text: str) -> str:
    """A citizen's words without what Markdown or the robot would make something of."""
    return "".join(" " if one in "<>[]()*_`#@\n" else one for one in text)[:120]
