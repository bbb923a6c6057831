"""Revisions: keeping units, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import codec
from knowledge_base.store.tables import revisions

CHUNK = 500
"""Rows per statement where a list of keys goes into one."""

T = TypeVar("T")


class StoredUnit(NamedTuple):
    """A unit and the revision it is."""

    revision: int
    unit: Unit


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def insert_for(tx: Connection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT in the connection's dialect."""
    return (insert_postgresql if tx.dialect.name == "postgresql" else insert_sqlite)(table)


def insert_or(tx: Connection, table: Any, rows: list[dict[str, Any]], otherwise: Any) -> None:
    """Insert new rows in one go; where another writer was quicker, run the statement `otherwise` for each instead.

    (Only a plain INSERT travels to PostgreSQL in bulk: ON CONFLICT alone would take a round trip per row.)
    """
    try:
        with tx.begin_nested():
            tx.execute(insert(table), rows)
    except IntegrityError:
        tx.execute(otherwise, rows)


def keep(tx: Connection, units: Sequence[Unit], author: str, now: datetime) -> dict[UnitKey, int]:
    """Store the units as revisions and return their numbers; one that was ever stored is found again.

    `units` has each key once.
    """
    numbers: dict[UnitKey, int] = {}
    for part in chunks(units):
        rows = {}
        for unit in part:
            body = codec.dump(unit)
            rows[unit.key] = {
                "kind": unit.kind,
                "unit_id": unit.id,
                "body": body,
                "digest": codec.digest(body),
                "author": author,
                "created_at": now,
            }
        known = _find(tx, rows)
        if new := [row for key, row in rows.items() if key not in known]:
            insert_or(tx, revisions, new, insert_for(tx, revisions).on_conflict_do_nothing())
            known |= _find(tx, {key: row for key, row in rows.items() if key not in known})
        numbers |= known
    return numbers


def read(tx: Connection, numbers: Iterable[int]) -> list[StoredUnit]:
    """The revisions with these numbers, in the order of the numbers."""
    found: list[StoredUnit] = []
    for part in chunks(sorted(numbers)):
        query = select(revisions.c.id, revisions.c.body).where(revisions.c.id.in_(part)).order_by(revisions.c.id)
        found += [StoredUnit(row.id, codec.load(row.body)) for row in tx.execute(query)]
    return found


def _find(tx: Connection, rows: dict[UnitKey, dict[str, Any]]) -> dict[UnitKey, int]:
    ids: dict[str, list[str]] = {}
    for key in rows:
        ids.setdefault(key.kind, []).append(key.id)
    found = {}
    for kind, unit_ids in ids.items():
        query = select(revisions.c.id, revisions.c.unit_id, revisions.c.digest).where(
            revisions.c.kind == kind, revisions.c.unit_id.in_(unit_ids)
        )
        for number, unit_id, digest in tx.execute(query):
            key = UnitKey(kind, unit_id)
            if digest == rows[key]["digest"]:
                found[key] = number
    return found
