"""How far a reader has got in a table of which it reads every row once, in the order of their ids.

PostgreSQL hands out ids before the commit: a row may appear below one that was there already. A reader that only
remembers the last id would step over it, so it asks the Horizon how far it may read.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, String, Table, func, insert, select, text, update
from sqlalchemy.engine import Connection

from foundation.database import Database, Instant, metadata
from foundation.inbox import RowId

EVENTS = "events"
"""The cursor of what a message broker has been sent."""

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("position", RowId, nullable=False),
    Column("at", Instant, nullable=False),
)

_WRITING = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND relation = to_regclass(:table)"
)


class Horizon:
    """Up to which id a table can be read without stepping over a row.

    On PostgreSQL, whoever inserts holds a lock on the table (it keeps no other writer waiting) from before they get an
    id until all see the row. So the newest id of one look is the horizon when those have ended that wrote at that look.
    """

    def __init__(self, database: Database, table: Table) -> None:
        """`table` has a column `id`, and gives none out twice."""
        self._database, self._table = database, table
        self._reached: int | None = None
        self._seen: tuple[int, frozenset[str]] | None = None
        """The newest id at some look, and who wrote then."""

    def look(self) -> int | None:
        """The horizon, for transactions that begin later; None where it is not known yet."""
        with self._database.read() as tx:
            newest = tx.execute(select(func.max(self._table.c.id))).scalar_one() or 0
            if self._database.is_sqlite:
                return newest  # one writer at a time
            if self._seen is None and newest == self._reached:
                return newest
            writing = frozenset(tx.execute(_WRITING, {"table": self._table.name}).scalars())
        if self._seen is not None and not self._seen[1] & writing:
            self._reached, self._seen = self._seen[0], None
        if self._seen is None:
            self._seen = (newest, writing)
        if not self._seen[1]:
            self._reached, self._seen = self._seen[0], None
        return self._reached


def position(tx: Connection, name: str) -> int | None:
    """The last id that was read; None: nothing was, ever."""
    return tx.execute(select(cursors.c.position).where(cursors.c.name == name)).scalar_one_or_none()


def move(tx: Connection, name: str, position: int, now: datetime) -> None:
    """Everything up to this id has been read."""
    values = {"position": position, "at": now}
    if not tx.execute(update(cursors).where(cursors.c.name == name).values(values)).rowcount:
        tx.execute(insert(cursors).values(name=name, **values))
