"""How long citizens waited, and how long it took: in seconds of open desk, exactly, from the spans of each handover."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import mean, median
from typing import TypeVar

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from desk import presence
from desk.handover import WAITING, WITH_AGENT, WRAP_UP
from desk.hours import Hours
from desk.part import WHOLE, Part
from desk.presence import Agent
from desk.tables import handover_spans, handovers
from foundation.clock import CHINA

Spent = tuple[str, datetime, "datetime | None"]
"""A span of a handover: its state, from when, until when."""
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Times:
    """Of one handover, in seconds of open desk.

    `wait` is the time in the queue until it was first taken; `first_reply` that from the request to an agent's first
    word; `handling` that with agents, in conversation and wrapping up. None: it did not come to that (yet).
    """

    wait: float | None
    first_reply: float | None
    handling: float | None


@dataclass(frozen=True)
class Summary:
    """Of several handovers; times in seconds of open desk, None where there is nothing to work them out from.

    `left` are those who went before anybody had taken them.
    """

    handovers: int
    taken: int
    left: int
    wait_median: float | None
    wait_longest: float | None
    first_reply_median: float | None
    first_reply_longest: float | None
    handling_mean: float | None


@dataclass(frozen=True)
class Grouped:
    """All of a period together, and apart; months by their first day."""

    overall: Summary
    by_day: dict[date, Summary]
    by_month: dict[date, Summary]
    by_department: dict[str, Summary]


@dataclass(frozen=True)
class Work:
    """What one agent did: conversations they had, and the time in them, wrapping up included."""

    account: str
    conversations: int
    handling_mean: float
    handling_total: float


@dataclass(frozen=True)
class Load:
    """This moment: who waits, by department; how long the longest has; the agents with what they have."""

    waiting: int
    waiting_by_department: dict[str, int]
    longest_wait: float
    agents: list[Agent]


def times(opened_at: datetime, first_reply_at: datetime | None, spans: Sequence[Spent], hours: Hours) -> Times:
    """The times of one handover, from all of its spans in order."""
    worked = [(since, until) for state, since, until in spans if state in (WITH_AGENT, WRAP_UP)]
    finished = worked and all(until is not None for _, until in worked)
    return Times(
        wait=hours.seconds_open(opened_at, worked[0][0]) if worked else None,
        first_reply=None if first_reply_at is None else hours.seconds_open(opened_at, first_reply_at),
        handling=sum(hours.seconds_open(since, until) for since, until in worked if until) if finished else None,
    )


def overall(tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part = WHOLE) -> Summary:
    """All handovers that were asked for between the two instants."""
    return _summary(_of_period(tx, since, until, hours, part))


def grouped(tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part = WHOLE) -> Grouped:
    """All of these together, read once."""
    timed = _of_period(tx, since, until, hours, part)
    return Grouped(
        overall=_summary(timed),
        by_day=_grouped(timed, _day),
        by_month=_grouped(timed, lambda one: _day(one).replace(day=1)),
        by_department=_grouped(timed, lambda one: one.department),
    )


def by_day(tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part = WHOLE) -> dict[date, Summary]:
    """By the day, at the office, on which they were asked for."""
    return _grouped(_of_period(tx, since, until, hours, part), _day)


def by_department(
    tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part = WHOLE
) -> dict[str, Summary]:
    """By the department that had them last; the empty one is none's."""
    return _grouped(_of_period(tx, since, until, hours, part), lambda one: one.department)


def by_agent(tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part = WHOLE) -> list[Work]:
    """What each agent did in conversations that they took between the two instants, by account."""
    own = handover_spans.c.state.in_((WITH_AGENT, WRAP_UP)) & handover_spans.c.until.is_not(None)
    period = (handover_spans.c.since >= since) & (handover_spans.c.since < until)
    seconds: dict[str, list[float]] = defaultdict(list)
    held: dict[str, set[int]] = defaultdict(set)
    columns = (handover_spans.c.account, handover_spans.c.handover, handover_spans.c.since, handover_spans.c.until)
    joined = handover_spans.join(handovers, handovers.c.id == handover_spans.c.handover)
    query = select(*columns).select_from(joined).where(own, period, *part.of_handovers()).order_by(columns[0])
    for account, id, began, ended in tx.execute(query):
        seconds[account].append(hours.seconds_open(began, ended))
        held[account].add(id)
    return [
        Work(account, len(held[account]), sum(spent) / len(held[account]), sum(spent))
        for account, spent in seconds.items()
    ]


def load(tx: Connection, now: datetime, hours: Hours) -> Load:
    """How the desk stands at this moment."""
    by_department: dict[str, int] = defaultdict(int)
    longest = 0.0
    query = select(handovers.c.department, handovers.c.opened_at).where(handovers.c.state == WAITING)
    for department, opened_at in tx.execute(query):
        by_department[department] += 1
        longest = max(longest, hours.seconds_open(opened_at, now))
    return Load(sum(by_department.values()), dict(by_department), longest, presence.everyone(tx, now))


@dataclass(frozen=True)
class _Timed:
    opened_at: datetime
    department: str
    withdrawn: str | None
    took: Times


def _of_period(tx: Connection, since: datetime, until: datetime, hours: Hours, part: Part) -> list[_Timed]:
    """The handovers of a period with their times; a year of them fits into memory, so only what is needed is read."""
    period = and_(handovers.c.opened_at >= since, handovers.c.opened_at < until, *part.of_handovers())
    joined = handover_spans.join(handovers, handovers.c.id == handover_spans.c.handover)
    columns = (handover_spans.c.handover, handover_spans.c.state, handover_spans.c.since, handover_spans.c.until)
    spans: dict[int, list[Spent]] = defaultdict(list)
    query = select(*columns).select_from(joined).where(period).order_by(handover_spans.c.id)
    for id, state, began, ended in tx.execute(query):
        spans[id].append((state, began, ended))
    facts = (handovers.c.id, handovers.c.opened_at, handovers.c.first_reply_at)
    query = select(*facts, handovers.c.department, handovers.c.withdrawn).where(period).order_by(handovers.c.id)
    return [
        _Timed(opened, department, withdrawn, times(opened, replied, spans[id], hours))
        for id, opened, replied, department, withdrawn in tx.execute(query)
    ]


def _day(one: _Timed) -> date:
    return one.opened_at.astimezone(CHINA).date()


def _grouped(timed: Iterable[_Timed], key: Callable[[_Timed], K]) -> dict[K, Summary]:
    groups: dict[K, list[_Timed]] = defaultdict(list)
    for one in timed:
        groups[key(one)].append(one)
    return {name: _summary(group) for name, group in groups.items()}


def _summary(timed: Sequence[_Timed]) -> Summary:
    waits = [one.took.wait for one in timed if one.took.wait is not None]
    replies = [one.took.first_reply for one in timed if one.took.first_reply is not None]
    handlings = [one.took.handling for one in timed if one.took.handling is not None]
    return Summary(
        handovers=len(timed),
        taken=len(waits),
        left=sum(one.withdrawn is not None and one.took.wait is None for one in timed),
        wait_median=median(waits) if waits else None,
        wait_longest=max(waits, default=None),
        first_reply_median=median(replies) if replies else None,
        first_reply_longest=max(replies, default=None),
        handling_mean=mean(handlings) if handlings else None,
    )
