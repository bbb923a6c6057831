"""Those who wait, in the order in which they are served, and where one of them stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from desk import presence
from desk.handover import WAITING, WITH_AGENT, Handover, get, of_row
from desk.hours import Hours
from desk.presence import Agent
from desk.priority import NO_LIMIT, Windows, points
from desk.tables import handover_spans, handovers

RECENT, RECENT_DAYS, FEWEST = 50, 14, 3
"""An estimate rests on so many of the last handlings, so many days old at most, and on no fewer than that."""


@dataclass(frozen=True)
class Place:
    """Where one stands: 1 is next. `minutes` of open desk remain, about; None where nobody can tell."""

    position: int
    minutes: int | None


def waiting(
    tx: Connection, now: datetime, windows: Windows | None = None, account: str | None = None
) -> list[Handover]:
    """Those who wait, first come first, with their points; with an account, those whom that agent may take."""
    query = select(handovers).where(handovers.c.state == WAITING)
    found = [of_row(row) for row in tx.execute(query).mappings()]
    if account is not None:
        mine, there = presence.agent(tx, account, now), presence.available(tx, now)
        found = [one for one in found if may_take(mine, one.department, there)]
    return in_order(found, now, windows or {})


def in_order(found: Sequence[Handover], now: datetime, windows: Windows) -> list[Handover]:
    """Handovers with their points of now: most first, then by age."""
    counted = [replace(one, priority=points(one, windows.get(one.conversation, NO_LIMIT), now).total) for one in found]
    return sorted(counted, key=lambda one: (-one.priority, one.opened_at, one.id))


def may_take(agent: Agent, department: str, there: Sequence[Agent]) -> bool:
    """Whether an agent serves a department: their own, none, or one of which nobody is there."""
    if not department or department in agent.departments:
        return True
    return not any(department in one.departments for one in there)


def place(tx: Connection, id: int, now: datetime, hours: Hours, windows: Windows | None = None) -> Place:
    """Where a handover stands among those who wait for the same agents. Position 0: it waits no longer.

    Raises:
        NotFound: there is no such handover.
    """
    found = get(tx, id)
    order = waiting(tx, now, windows)
    ids = [one.id for one in order]
    if id not in ids:
        return Place(0, None)
    return _place(tx, order[: ids.index(id)], found.department, now, hours)


def place_of_next(tx: Connection, now: datetime, hours: Hours, department: str = "") -> Place:
    """Where somebody would stand who joined now, calm and without hurry."""
    return _place(tx, waiting(tx, now), department, now, hours)


def _place(tx: Connection, before: Sequence[Handover], department: str, now: datetime, hours: Hours) -> Place:
    there = presence.available(tx, now)
    mine = [one for one in there if may_take(one, department, there)]
    ahead = [one for one in before if not mine or any(may_take(agent, one.department, there) for agent in mine)]
    position = len(ahead) + 1
    return Place(position, _minutes(tx, position, sum(one.capacity for one in mine), now, hours))


def _minutes(tx: Connection, position: int, seats: int, now: datetime, hours: Hours) -> int | None:
    """How long until so many are taken: by how long recent conversations took, and how many fit at a time.

    When nobody has been taken for longer than that predicts, what has passed is the better measure.
    """
    recent = _recent_handlings(tx, now, hours)
    if not seats or len(recent) < FEWEST or not hours.is_open(now):
        return None
    between = max(median(recent) / seats, _since_the_last(tx, now, hours))
    return max(1, math.ceil(position * between / 60))


def _since_the_last(tx: Connection, now: datetime, hours: Hours) -> float:
    """For how long somebody has been waiting and nobody was taken, in seconds of open desk."""
    oldest = tx.execute(select(func.min(handovers.c.opened_at)).where(handovers.c.state == WAITING)).scalar()
    last = tx.execute(select(func.max(handover_spans.c.since)).where(handover_spans.c.state == WITH_AGENT)).scalar()
    if oldest is None:
        return 0.0
    return hours.seconds_open(max(oldest, last or oldest), now)


def _recent_handlings(tx: Connection, now: datetime, hours: Hours) -> list[float]:
    """How long agents had their last conversations, in seconds of open desk."""
    done = (handover_spans.c.state == WITH_AGENT) & (handover_spans.c.until > now - timedelta(days=RECENT_DAYS))
    query = select(handover_spans.c.since, handover_spans.c.until).where(done)
    rows = tx.execute(query.order_by(handover_spans.c.until.desc()).limit(RECENT))
    return [hours.seconds_open(since, until) for since, until in rows]
