"""Days on which the desk keeps other hours than usual, as the supervisors announce them: closed, or a shorter day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import Malformed, NotFound
from desk.tables import closures
from foundation import audit
from foundation.shifts import Shift, parse_shifts

MOST = 8
"""Shifts of a day."""


@dataclass(frozen=True)
class Closure:
    """`shifts` as `09:00-11:30`; empty, the desk is closed all day."""

    day: date
    shifts: str
    reason: str
    by: str
    at: datetime


def announce(tx: Connection, day: date, shifts: str, reason: str, by: str, now: datetime) -> None:
    """Set the hours of a day. Raises Malformed: the shifts cannot be read."""
    written = ",".join(map(str, _parsed(shifts)))
    tx.execute(delete(closures).where(closures.c.day == day))
    tx.execute(insert(closures).values(day=day, shifts=written, reason=reason[:200], by=by, at=now))
    audit.record(tx, by, "desk.announce", f"day:{day.isoformat()}", {"shifts": written}, now)
    changes.touch(tx, changes.CLOSURES)


def revoke(tx: Connection, day: date, by: str, now: datetime) -> None:
    """Let a day have its usual hours again. Raises NotFound."""
    if not tx.execute(delete(closures).where(closures.c.day == day)).rowcount:
        raise NotFound("not_found.closure")
    audit.record(tx, by, "desk.revoke", f"day:{day.isoformat()}", {}, now)
    changes.touch(tx, changes.CLOSURES)


def listing(tx: Connection, since: date) -> list[Closure]:
    """What is announced for that day and later."""
    query = select(closures).where(closures.c.day >= since).order_by(closures.c.day)
    return [Closure(**row) for row in tx.execute(query).mappings()]


def announced(tx: Connection) -> dict[date, Sequence[Shift]]:
    """The shifts of all announced days."""
    return {row.day: parse_shifts(row.shifts) for row in tx.execute(select(closures.c.day, closures.c.shifts))}


def _parsed(shifts: str) -> tuple[Shift, ...]:
    try:
        found = parse_shifts(shifts)
    except ValueError as error:
        raise Malformed("form.shifts") from error
    if len(found) > MOST:
        raise Malformed("form.shifts")
    return found
