"""Which units' answers tell what stands in another: a package tells of the items that are its steps, an item of the
offices where it is done, and so a package of those, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.engine import Connection

from knowledge_base.model import UnitKey
from knowledge_base.records import answer_records
from knowledge_base.store import releases
from knowledge_base.store.tables import revisions

NAMED_BY = {"item": ("package", "item"), "office": ("item", "office")}
"""Kind → the kind of what draws on it, and the field in which that names it."""


def drawing_on(tx: Connection, key: UnitKey) -> list[UnitKey]:
    """The units that have ever drawn on a unit; whether an answer did, its release tells."""
    if key.kind not in NAMED_BY:
        return []
    kind, field = NAMED_BY[key.kind]
    # As JSON is written on either database.
    named = cast(revisions.c.body, Text).contains(f'"{field}": "{key.id}"', autoescape=True)
    query = select(revisions.c.unit_id).where(revisions.c.kind == kind, named).distinct().order_by(revisions.c.unit_id)
    found = [UnitKey(kind, id) for id in tx.execute(query).scalars()]
    return list(dict.fromkeys([*found, *(above for one in found for above in drawing_on(tx, one))]))


def events_that_told(tx: Connection, key: UnitKey, since: datetime, until: datetime) -> list[UnitKey]:
    """The packages that told of an item between these moments, also in the stead of another one, which they name."""
    if key.kind != "item":
        return []
    rows = answer_records.c
    told = cast(rows.payload, Text).contains(f'"id": "{key.id}"', autoescape=True)
    query = select(rows.unit_id).where(rows.kind == "package", rows.at >= since, rows.at < until, told).distinct()
    return [UnitKey("package", id) for id in sorted(filter(None, tx.execute(query).scalars()))]


def drawn_upon(tx: Connection, key: UnitKey, release: int) -> set[UnitKey]:
    """The units that a unit of a release draws on."""
    found = releases.find(tx, release, key)
    if found is None:
        return set()
    below = [(kind, field) for kind, (above, field) in NAMED_BY.items() if above == key.kind]
    named = {UnitKey(kind, id) for kind, field in below for id in _named(found.unit.dict(), field)}
    return named.union(*(drawn_upon(tx, one, release) for one in named))


def _named(value: Any, field: str) -> Iterator[str]:
    """The texts that stand under a field, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get(field), str):
            yield value[field]
        value = value.values()
    elif not isinstance(value, list | tuple):
        return
    for one in value:
        yield from _named(one, field)
