"""What a release holds, and in what two of them differ: read from the memberships alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy import func as sql
from sqlalchemy.engine import Connection

from knowledge_base.model import UnitKey
from knowledge_base.store.codec import load
from knowledge_base.store.revisions import StoredUnit, read
from knowledge_base.store.tables import memberships, releases, revisions


class Changes(NamedTuple):
    """The net difference between two releases."""

    added: list[StoredUnit]
    removed: set[int]
    """Revisions that are not in any more; an edited unit's old revision is among them."""


def current(tx: Connection) -> int:
    """The newest release; 0 when nothing was ever published."""
    return tx.execute(select(sql.max(releases.c.number))).scalar() or 0


def newest_by(tx: Connection, instant: datetime) -> int:
    """The newest release of those that were there at that time; 0 when nothing was published by then."""
    made = select(releases.c.number).where(releases.c.created_at <= instant).order_by(releases.c.number.desc())
    return tx.execute(made.limit(1)).scalar() or 0


def units(tx: Connection, release: int) -> list[StoredUnit]:
    """All that a release holds, by revision."""
    return list(stream(tx, release))


def stream(tx: Connection, release: int, kind: str | None = None) -> Iterator[StoredUnit]:
    """The units of a release, or those of one kind, one after the other, by revision."""
    query = select(revisions.c.id, revisions.c.body).join(memberships, memberships.c.revision_id == revisions.c.id)
    query = query if kind is None else query.where(memberships.c.kind == kind)
    for number, body in tx.execute(query.where(holds(release)).order_by(revisions.c.id)):
        yield StoredUnit(number, load(body))


def find(tx: Connection, release: int, key: UnitKey) -> StoredUnit | None:
    """One unit of a release."""
    held = held_by(tx, release, key)
    return None if held is None else read(tx, [held])[0]


def changes(tx: Connection, since: int, until: int) -> Changes:
    """What `until` holds and `since` does not, and the other way round; either may be the later one."""
    entering, leaving = difference(tx, since, until)
    return Changes(read(tx, entering), set(leaving))


def holds(release: int) -> object:
    """The condition that a membership stands in a release."""
    return and_(
        memberships.c.from_release <= release,
        or_(memberships.c.to_release.is_(None), memberships.c.to_release > release),
    )


def held_by(tx: Connection, release: int, key: UnitKey) -> int | None:
    """The revision of a unit that a release holds."""
    here = (memberships.c.kind == key.kind) & (memberships.c.unit_id == key.id)
    held: int | None = tx.execute(select(memberships.c.revision_id).where(here, holds(release))).scalar()
    return held


def difference(tx: Connection, since: int, until: int) -> tuple[dict[int, UnitKey], dict[int, UnitKey]]:
    """Revisions only in `until`, and only in `since`, with their units. Reads the rows between them alone."""
    low, high = sorted((since, until))
    columns = select(memberships.c.revision_id, memberships.c.kind, memberships.c.unit_id)
    began = columns.where(memberships.c.from_release > low, memberships.c.from_release <= high, holds(high))
    ended = columns.where(memberships.c.to_release > low, memberships.c.to_release <= high, holds(low))
    later = {row[0]: UnitKey(row[1], row[2]) for row in tx.execute(began)}
    earlier = {row[0]: UnitKey(row[1], row[2]) for row in tx.execute(ended)}
    only_later = {revision: key for revision, key in later.items() if revision not in earlier}
    only_earlier = {revision: key for revision, key in earlier.items() if revision not in later}
    return (only_later, only_earlier) if until >= since else (only_earlier, only_later)
