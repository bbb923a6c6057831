"""Beside the turn worker: what the help desk owes to those who wait, and to those whom nobody can serve any more.

Who waits hears from us at sensible moments; whose agent has gone waits again, and is told; who has left, or can be sent
nothing any more, leaves the queue for a task. One process at a time does it; each step is a transaction of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from actions.surroundings import Surroundings
from bot.beside import beside
from channels import windows
from desk import approvals, changes, handovers, leaving, speech, undelivered
from desk.handovers import Handover, Window
from desk.hours import Hours, desk_hours
from desk.notices import moment, notice, tell, where
from foundation import leases
from foundation.deadlines import Steadiness

log = logging.getLogger(__name__)

LEASE, EVERY = "desk", 5.0
"""Seconds between two rounds."""
MOMENTS = (2, 5, 10, 20, 40, 60, 90, 120)
"""Minutes after which who still waits is told so."""
SPARE = 3
"""Messages that must be left in a channel's window before one is spent on that."""
FORGOTTEN = timedelta(days=1)
WITH_A_PRESENCE = ("web",)
"""Channels that tell us that somebody is still there."""

Step = Callable[[Connection, Surroundings, Hours, datetime], object]


@asynccontextmanager
async def desk_keeping(here: Surroundings, name: str) -> AsyncIterator[None]:
    """Keep the desk until the end of the block; every worker may, and one of them does."""
    async with beside(_run(here, name)):
        yield


async def _run(here: Surroundings, name: str) -> None:
    steadiness = Steadiness(here.clock)
    while True:
        for step in STEPS:
            try:
                await here.write(lambda tx, step=step: _alone(tx, here, name, step, steadiness))  # type: ignore[misc]
            except DBAPIError as error:
                log.error("the desk waits: the database does not answer (%s)", type(error).__name__)
            except Exception:  # the turns of this process must not end for it
                log.exception("the desk waits")
        await asyncio.sleep(EVERY)


def _alone(tx: Connection, here: Surroundings, name: str, step: Step, steadiness: Steadiness) -> None:
    now = here.clock.now()
    if step not in ANYWAY and not steadiness.holds():
        return
    if leases.acquire(tx, LEASE, name, now, timedelta(seconds=4 * EVERY)) is not None:
        step(tx, here, desk_hours(tx, here.settings), now)


def give_back(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """Whose agent has been away for too long waits for another."""
    for one in handovers.give_back(tx, now, timedelta(minutes=here.settings.desk_away_minutes)):
        tell(tx, one.conversation, one.channel, [{"text": notice("given_back")}], now)


def drop(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """Who is gone, or out of reach, leaves the queue; a number that they left becomes a task to call."""
    due, silent = hours.after(now, here.settings.desk_callback_minutes), here.settings.desk_gone_minutes
    for left in leaving.drop_gone(tx, now, timedelta(minutes=silent), WITH_A_PRESENCE, due):
        tell(tx, left.handover.conversation, left.handover.channel, [{"text": notice("dropped")}], now)
    waiting = handovers.waiting(tx, now)
    leaving.drop_unreachable(tx, now, of_channels(tx, waiting, now), due)


def reach_otherwise(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """What an agent wrote and the channel did not take is a task, once nobody has the conversation any more."""
    undelivered.take_up(tx, here.secrets, hours.after(now, here.settings.desk_callback_minutes), now)
    undelivered.settle(tx, now)


def tell_who_waits(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """Still waiting: where one stands; or, once, that the desk has closed over it."""
    waiting = handovers.waiting(tx, now)
    rests = of_channels(tx, waiting, now)
    for one in sorted(waiting, key=lambda one: one.conversation):
        left = rests.get(one.conversation, handovers.NO_LIMIT).messages
        due = is_due(one, hours, now) and (left is None or left >= SPARE)
        if due and speech.owes_a_place(tx, one, now, timedelta(seconds=30)):
            tell(tx, one.conversation, one.channel, [{"text": still_waiting(tx, one, here, hours, now)}], now)


def is_due(one: Handover, hours: Hours, now: datetime) -> bool:
    """Whether a moment to speak has come since somebody was last told; while the desk is closed, one has, once."""
    if not hours.is_open(now):
        return hours.is_open(one.place_told_at)
    return any(one.place_told_at < one.opened_at + timedelta(minutes=minutes) <= now for minutes in MOMENTS)


def still_waiting(tx: Connection, one: Handover, here: Surroundings, hours: Hours, now: datetime) -> str:
    hotline = here.settings.hotline
    if not hours.is_open(now):
        opens = hours.opens_next(now)
        return notice("closed_over", opens=moment(opens, now) if opens else "", hotline=hotline)
    place = handovers.place(tx, one.id, now, hours)
    return notice("still_waiting", where=where(place.position, place.minutes), hotline=hotline)


def tell_of_late_approvals(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """Whose answer nobody has looked at in time is told so."""
    for one in approvals.expired(tx, now):
        approvals.tell_late(tx, one.id, {"text": notice("checking_late", hotline=here.settings.hotline)}, now)


def tidy(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    handovers.close_forgotten(tx, now, FORGOTTEN)
    changes.purge(tx)


def set_right(tx: Connection, here: Surroundings, hours: Hours, now: datetime) -> None:
    """Who was last seen at a time to come, while the clock was ahead, was seen now."""
    leaving.set_right(tx, now)


ANYWAY: tuple[Step, ...] = (set_right, reach_otherwise)
"""What can do no harm while the clock is doubted."""
STEPS: tuple[Step, ...] = (*ANYWAY, give_back, drop, tell_who_waits, tell_of_late_approvals, tidy)


def of_channels(tx: Connection, waiting: list[Handover], now: datetime) -> dict[str, Window]:
    """What the channels of those who wait still let us send."""
    rests = windows.rests(tx, [one.conversation for one in waiting], now)
    return {name: Window((one.until - now).total_seconds() / 60, one.messages) for name, one in rests.items()}
