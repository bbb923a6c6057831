"""What is kept for how long: the rules are in retention.yml, and each package registers how to carry out its own.

    tracker_events   deleted     after ZHENGWU_KEEP_CONVERSATION_DAYS
    ratings          anonymised  after the same: the score stays
    audit            kept

Rows are settled a few at a time, each few in a transaction of their own, so that a table of millions makes nobody wait.
Which rows are due is found outside of that transaction, and looked at once more inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Float, Table, and_, delete, func, select, tuple_, update
from sqlalchemy.engine import Connection

from foundation.inbox import DONE, inbox
from foundation.outbox import outbox
from foundation.settings import Settings
from foundation.vault import vault
from foundation.words import Words

OWN, KEPT, DELETED = "own", "kept", "deleted"
WORDS = Words(Path(__file__).with_suffix(".yml"))
Key = Any
"""Of a row: the value of its primary key, or a tuple of them."""


@dataclass(frozen=True)
class Step:
    """How a rule is carried out."""

    count: Callable[[Connection, datetime], int]
    """How many rows are older than a moment, or ended before it."""
    due: Callable[[Connection, datetime, Key | None, int], Sequence[Key]]
    """The keys of the next few of them, in order: those after a key, where one is given."""
    settle: Callable[[Connection, datetime, Sequence[Key]], int]
    """Deal with those of these rows that are still due; how many."""


@dataclass(frozen=True)
class Rule:
    """One line of the table. `what`, `ground` and `remains` are sentences."""

    store: str
    what: str
    after: str | None
    """A name under `periods`; None: it is kept."""
    then: str
    """deleted, anonymised, kept"""
    ground: str
    remains: str = ""
    """What is left once a citizen was erased; `remains_for` is as `after`."""
    remains_for: str | None = None
    remains_ground: str = ""

    def period(self, settings: Settings) -> timedelta:
        """For how long it is kept beyond its own end."""
        return timedelta(days=_days(self.after, settings))

    def until(self, settings: Settings) -> str:
        """The period in words."""
        return _words_of(self.after, settings)

    def remains_until(self, settings: Settings) -> str:
        """The period, in words, of what is left."""
        return _words_of(self.remains_for, settings)


def _days(period: str | None, settings: Settings) -> int:
    days = {
        "conversation": settings.keep_conversation_days,
        "contact": settings.keep_contact_days,
        "record": settings.keep_record_days,
        "log": settings.keep_log_days,
    }
    return days.get(period or "", 0)


def _words_of(period: str | None, settings: Settings) -> str:
    if period is None:
        return str(WORDS.entry("then.kept"))
    return WORDS.say(f"periods.{period}", days=_days(period, settings))


_steps: dict[str, Step] = {}


def register(store: str, step: Step) -> None:
    """Say how the rule of a store is carried out; a name registered again replaces the former."""
    _steps[store] = step


def rules() -> list[Rule]:
    """The whole table, in the order in which it is carried out: what refers to others goes before them."""
    grounds = WORDS.entry("grounds")
    return [
        Rule(
            store,
            one["what"],
            one.get("after"),
            one["then"],
            grounds[one["ground"]],
            one.get("remains", ""),
            one.get("remains_for"),
            grounds[one.get("remains_ground", one["ground"])],
        )
        for store, one in WORDS.entry("stores").items()
    ]


def tables() -> set[str]:
    """The tables that have a rule."""
    return {one.get("of", store) for store, one in WORDS.entry("stores").items()}


def step_of(rule: Rule) -> Step | None:
    """How a rule is carried out; None: nothing is to be done, or this process does not know the package."""
    return None if rule.then == KEPT else _steps.get(rule.store)


def of_table(
    table: Table, at: Column[Any], *conditions: Any, values: Mapping[str, Any] | None = None, in_order: bool = True,
    lag: timedelta = timedelta(0),
) -> Step:  # fmt: skip
    """The step for a table whose rows are due once `at` lies before the moment and the conditions hold.

    Args:
        values: what the rows are changed to; without them they are deleted.
        lag: how much longer than the rule says a row is of use.
        in_order: later rows have later times, so that one need not look further than the first that is too young.
    """
    keys = list(table.primary_key.columns)
    key = keys[0] if len(keys) == 1 else tuple_(*keys)
    whole = not isinstance(at.type, Float)
    times = select(at).where(at.is_not(None)).limit(1)
    oldest, newest = times.order_by(*keys), times.order_by(*(one.desc() for one in keys))

    def bound(before: datetime) -> Any:
        return before - lag if whole else (before - lag).timestamp()

    def is_due(before: datetime) -> Any:
        return and_(at < bound(before), *conditions)

    def count(tx: Connection, before: datetime) -> int:
        return int(tx.execute(select(func.count()).select_from(table).where(is_due(before))).scalar_one())

    def due(tx: Connection, before: datetime, after: Key | None, most: int) -> Sequence[Key]:
        first = tx.execute(oldest).scalar() if values is None and in_order else None
        # One from a time when the clock was ahead says nothing of those that came after it.
        if first is not None and bound(before) <= first <= tx.execute(newest).scalar():
            return []
        query = select(*keys).where(is_due(before)).order_by(*keys).limit(most)
        if after is not None and len(keys) == 1:
            query = query.where(key > after)
        rows = tx.execute(query).all()
        return [row[0] for row in rows] if len(keys) == 1 else [tuple(row) for row in rows]

    def settle(tx: Connection, before: datetime, found: Sequence[Key]) -> int:
        mine = and_(key.in_(list(found)), is_due(before))
        change = delete(table) if values is None else update(table).values(values)
        return int(tx.execute(change.where(mine)).rowcount)

    return Step(count, due, settle)


register("vault", of_table(vault, vault.c.expires_at, in_order=False))
register("outbox", of_table(outbox, outbox.c.created_at))
_answered = select(outbox.c.id).where(outbox.c.inbox_id == inbox.c.id).exists()
register("inbox", of_table(inbox, inbox.c.received_at, inbox.c.state == DONE, ~_answered))
