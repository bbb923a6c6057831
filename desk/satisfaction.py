"""What citizens thought of conversations with people, and what became of the bad ratings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.engine import Connection

from desk.part import WHOLE, Part
from desk.ratings import BAD
from desk.tables import handovers, ratings, tasks
from desk.tasks import BAD_RATING, DONE
from foundation.clock import CHINA

K = TypeVar("K", bound=Hashable)
TASKS = tasks.outerjoin(handovers, handovers.c.id == tasks.c.handover)


@dataclass(frozen=True)
class Scores:
    """How often each score was given."""

    by_score: Mapping[int, int]

    @property
    def rated(self) -> int:
        return sum(self.by_score.values())

    @property
    def bad(self) -> int:
        return sum(number for score, number in self.by_score.items() if score <= BAD)

    @property
    def mean(self) -> float | None:
        total = sum(score * number for score, number in self.by_score.items())
        return total / self.rated if self.rated else None


@dataclass(frozen=True)
class LookedInto:
    """Tasks that bad ratings opened: done by when they were due, done later, not done yet; of these, overdue."""

    opened: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0


def overall(tx: Connection, since: datetime, until: datetime, part: Part = WHOLE) -> Scores:
    """The ratings, given between the two instants, of conversations with people."""
    return Scores(Counter(row.score for row in _of_period(tx, since, until, part)))


def by_day(tx: Connection, since: datetime, until: datetime, part: Part = WHOLE) -> dict[date, Scores]:
    """By the day, at the office, on which they were given."""
    return _grouped(_of_period(tx, since, until, part), lambda row: row.rated_at.astimezone(CHINA).date())


def by_department(tx: Connection, since: datetime, until: datetime, part: Part = WHOLE) -> dict[str, Scores]:
    return _grouped(_of_period(tx, since, until, part), lambda row: row.department)


def by_agent(tx: Connection, since: datetime, until: datetime, part: Part = WHOLE) -> dict[str, Scores]:
    """By the account that had the conversation last."""
    return _grouped(_of_period(tx, since, until, part), lambda row: row.account or "")


def looked_into(
    tx: Connection, since: datetime, until: datetime, now: datetime, part: Part = WHOLE
) -> dict[str, LookedInto]:
    """What became of bad ratings, also of the robot, for which tasks were opened between the two instants.

    By department; the empty one is none's. Where a region is looked at, only those after a conversation with a person.
    """
    columns = (tasks.c.department, tasks.c.state, tasks.c.due_at, tasks.c.done_at)
    query = select(*columns).select_from(TASKS).where(*of_tasks(since, until, part))
    groups: dict[str, list[str]] = defaultdict(list)
    for row in tx.execute(query):
        groups[row.department].append(how(row.state, row.due_at, row.done_at, now))
    return {name: _counted(Counter(found)) for name, found in groups.items()}


def of_tasks(since: datetime, until: datetime, part: Part) -> list[Any]:
    """The conditions on TASKS: what bad ratings opened between the two instants, of a part."""
    mine = [tasks.c.kind == BAD_RATING, tasks.c.opened_at >= since, tasks.c.opened_at < until]
    if part.channel is not None:
        mine.append(tasks.c.channel == part.channel)
    if part.department is not None:
        mine.append(tasks.c.department == part.department)
    if part.region is not None:
        mine += [handovers.c.id.is_not(None), *Part(region=part.region).of_handovers()]
    return mine


def how(state: str, due_at: datetime | None, done_at: datetime | None, now: datetime) -> str:
    """What became of a task: in_time, late, overdue, or open and not due yet."""
    if state == DONE:
        return "late" if due_at is not None and done_at is not None and done_at > due_at else "in_time"
    return "overdue" if due_at is not None and due_at < now else "open"


def _counted(found: Counter[str]) -> LookedInto:
    waiting = found["open"] + found["overdue"]
    return LookedInto(sum(found.values()), found["in_time"], found["late"], waiting, found["overdue"])


def _of_period(tx: Connection, since: datetime, until: datetime, part: Part) -> list[Any]:
    joined = ratings.join(handovers, handovers.c.id == ratings.c.handover)
    columns = (ratings.c.score, ratings.c.rated_at, ratings.c.account, handovers.c.department)
    query = select(*columns).select_from(joined).where(ratings.c.rated_at >= since, ratings.c.rated_at < until)
    return list(tx.execute(query.where(*part.of_handovers())))


def _grouped(rows: list[Any], key: Callable[[Any], K]) -> dict[K, Scores]:
    groups: dict[K, Counter[int]] = defaultdict(Counter)
    for row in rows:
        groups[key(row)][row.score] += 1
    return {name: Scores(counts) for name, counts in groups.items()}
