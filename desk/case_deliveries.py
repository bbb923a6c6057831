"""What an outside system (12345, say) is still to be told of cases: an outbox of its own.

pending ─┬─ sent
         └─ dead    (refused, or tried for too long; a person may have it tried again)

What happened to one case is told in its order: nothing overtakes what is pending or dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import and_, exists, insert, select, update
from sqlalchemy.engine import Connection

from desk.case_tables import case_deliveries, cases
from foundation.deadlines import over

PENDING, SENT, DEAD = "pending", "sent", "dead"

PAUSE = timedelta(hours=8)
"""More than ever lies between two tries."""

columns = case_deliveries.c


@dataclass(frozen=True)
class Delivery:
    id: int
    case_id: int
    number: str
    """The case's."""
    event: str
    """`filed` or `changed`."""
    key: str
    """The outside system knows by it what it has already."""
    state: str
    attempts: int
    next_at: datetime
    problem: str | None
    """What went wrong the last time, for the operator."""
    created_at: datetime
    sent_at: datetime | None


def add(tx: Connection, case_id: int, event: str, now: datetime) -> None:
    """Have something told."""
    values = {"case_id": case_id, "event": event, "key": token_hex(16), "state": PENDING, "attempts": 0}
    tx.execute(insert(case_deliveries).values(**values, next_at=now, created_at=now))


def due(tx: Connection, now: datetime) -> Delivery | None:
    """What has waited longest to be sent."""
    earlier = case_deliveries.alias("earlier")
    blocked = exists().where(
        earlier.c.case_id == columns.case_id, earlier.c.id < columns.id, earlier.c.state.in_((PENDING, DEAD))
    )
    ready = and_(columns.state == PENDING, over(columns.next_at, now, PAUSE), ~blocked)
    found = _read(tx, _query().where(ready).order_by(columns.next_at, columns.id).limit(1))
    return found[0] if found else None


def sent(tx: Connection, one: Delivery, now: datetime) -> bool:
    """It has arrived. False: another process has gone on with it."""
    return _change(tx, one, state=SENT, attempts=one.attempts + 1, sent_at=now, problem=None)


def failed(tx: Connection, one: Delivery, problem: str, next_at: datetime | None) -> bool:
    """It has not, as far as is known; try again at `next_at`, or never. False as above."""
    state = DEAD if next_at is None else PENDING
    return _change(tx, one, state=state, attempts=one.attempts + 1, next_at=next_at or one.next_at, problem=problem)


def retry(tx: Connection, now: datetime, case_id: int | None = None) -> int:
    """Have what is dead tried again, of one case or of all; returns how many."""
    dead = columns.state == DEAD if case_id is None else and_(columns.state == DEAD, columns.case_id == case_id)
    again = update(case_deliveries).where(dead).values(state=PENDING, attempts=0, next_at=now)
    return int(tx.execute(again).rowcount)


def of_case(tx: Connection, case_id: int) -> list[Delivery]:
    return _read(tx, _query().where(columns.case_id == case_id).order_by(columns.id))


def dead(tx: Connection, limit: int = 200) -> list[Delivery]:
    """What has been given up, latest first."""
    return _read(tx, _query().where(columns.state == DEAD).order_by(columns.id.desc()).limit(limit))


def _query() -> Any:
    mine = [columns[name] for name in Delivery.__dataclass_fields__ if name != "number"]
    return select(*mine, cases.c.number).join(cases, cases.c.id == columns.case_id)


def _change(tx: Connection, one: Delivery, **values: object) -> bool:
    as_read = and_(columns.id == one.id, columns.state == PENDING, columns.attempts == one.attempts)
    return bool(tx.execute(update(case_deliveries).where(as_read).values(values)).rowcount)


def _read(tx: Connection, query: Any) -> list[Delivery]:
    return [Delivery(**row) for row in tx.execute(query).mappings()]
