"""Rotating the key: what was written with a former one is written anew with the present one, a few rows at a time.

Each batch is a transaction of its own, and what is written says by which key it is (foundation/cipher.py): after being
stopped or killed it goes on where something is left. Meanwhile the former key, in ZHENGWU_OLD_SECRET_KEYS, reads what
has not been reached, so that nothing has to stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, func, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.cipher import HEADER_BYTES, Cipher
from foundation.database import Database
from foundation.errors import VaultError

BATCH = 200
"""Rows written anew in one transaction."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A column with what is encrypted."""

    table: Table
    column: str
    context: str
    """With which context it was encrypted: a form to be filled in with the row's columns."""
    more: Callable[[Cipher, Row, str], dict[str, Any]] = lambda cipher, row, text: {}
    """What else of the row depends on the key, of the decrypted text; left as it is where another row has it."""


@dataclass
class Count:
    done: int = 0
    left: int = 0
    unreadable: int = 0
    """Rows that none of the keys opens; they stay as they are."""


def left(tx: Connection, cipher: Cipher, place: Place) -> int:
    """How many rows were not written with the present key."""
    query = select(func.count()).select_from(place.table).where(_not_current(cipher, place))
    return int(tx.execute(query).scalar_one())


def rotate(database: Database, cipher: Cipher, places: Sequence[Place]) -> dict[str, Count]:
    """Write everything anew that another key has written; by table, what came of it.

    May run beside the services, twice at once, and again after it was interrupted.
    """
    counts = {}
    for place in places:
        count, after = Count(), None
        while True:
            with database.write() as tx:
                after = _batch(tx, cipher, place, after, count)
            if after is None:
                break
        with database.read() as tx:
            count.left = left(tx, cipher, place)
        counts[place.table.name] = count
    return counts


def _batch(tx: Connection, cipher: Cipher, place: Place, after: Any, count: Count) -> Any:
    """Write some rows anew; the last one's key, None when there are no more."""
    (key,) = place.table.primary_key.columns
    query = select(place.table).where(_not_current(cipher, place)).order_by(key).limit(BATCH).with_for_update()
    if after is not None:
        query = query.where(key > after)
    rows = tx.execute(query).mappings().all()
    for row in rows:
        try:
            text = cipher.decrypt(row[place.column], place.context.format_map(row))
        except VaultError:
            count.unreadable += 1
            continue
        _rewrite(tx, cipher, place, row, text)
        count.done += 1
    return rows[-1][key.name] if len(rows) == BATCH else None


def _rewrite(tx: Connection, cipher: Cipher, place: Place, row: Row, text: str) -> None:
    (key,) = place.table.primary_key.columns
    this = key == row[key.name]
    values = {place.column: cipher.encrypt(text, place.context.format_map(row))}
    more = place.more(cipher, row, text)
    try:
        with tx.begin_nested():
            tx.execute(update(place.table).where(this).values({**values, **more}))
    except IntegrityError:
        if not more:
            raise
        tx.execute(update(place.table).where(this).values(values))


def _not_current(cipher: Cipher, place: Place) -> Any:
    column = place.table.c[place.column]
    return and_(column.is_not(None), func.length(column) > 0, func.substr(column, 1, HEADER_BYTES) != cipher.key.header)
