"""A supervisor's rules: what is asked about a unit, or in certain words, goes to a person or needs approval first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import Malformed, NotFound
from desk.tables import marks
from foundation import audit
from foundation.prepared import Prepared
from foundation.text import squash

PERSON, APPROVAL = "person", "approval"
SHORTEST = 2
"""Characters of a word: one alone is in every other sentence."""


@dataclass(frozen=True)
class Mark:
    """Either a unit, or words of which a message has one. `minutes` (working) is the time limit of an approval."""

    id: int
    unit_kind: str | None
    unit_id: str | None
    words: tuple[str, ...]
    then: str
    department: str
    minutes: int | None


_LISTING = Prepared(select(*(marks.c[name] for name in Mark.__dataclass_fields__)).order_by(marks.c.id))


def put(
    tx: Connection,
    then: str,
    by: str,
    now: datetime,
    unit: tuple[str, str] | None = None,
    words: Sequence[str] = (),
    department: str = "",
    minutes: int | None = None,
) -> Mark:
    """Add a rule about a unit (kind, id) or about words.

    Raises:
        Malformed: neither or both, or a word of a single character.
    """
    kept = [word.strip() for word in words if word.strip()]
    if unit is None and (not kept or any(len(squash(word)) < SHORTEST for word in kept)):
        raise Malformed("form.words")
    if (unit is not None and (kept or not all(unit))) or then not in (PERSON, APPROVAL):
        raise Malformed("form.unit")
    kind, id = unit or (None, None)
    values = {"unit_kind": kind, "unit_id": id, "words": kept, "then": then, "department": department}
    row = insert(marks).values(**values, minutes=minutes, by=by, at=now)
    key = tx.execute(row).inserted_primary_key[0]
    audit.record(tx, by, "desk.mark", f"mark:{key}", values, now)
    changes.touch(tx, changes.MARKS)
    return next(mark for mark in listing(tx) if mark.id == key)


def remove(tx: Connection, id: int, by: str, now: datetime) -> None:
    """Raises NotFound."""
    if not tx.execute(delete(marks).where(marks.c.id == id)).rowcount:
        raise NotFound("not_found.mark")
    audit.record(tx, by, "desk.mark_remove", f"mark:{id}", {}, now)
    changes.touch(tx, changes.MARKS)


def listing(tx: Connection) -> list[Mark]:
    """All rules, oldest first."""
    rows = (dict(zip(Mark.__dataclass_fields__, row)) for row in _LISTING.rows(tx))
    return [Mark(**{**row, "words": tuple(row["words"])}) for row in rows]


def matching(rules: Sequence[Mark], text: str, unit: tuple[str, str] | None = None) -> Mark | None:
    """The rule that a message, or the unit that answers it, falls under; a person goes before an approval."""
    said = squash(text)
    for then in (PERSON, APPROVAL):
        for mark in rules:
            about = unit is not None and (mark.unit_kind, mark.unit_id) == unit
            if mark.then == then and (about or any(squash(word) in said for word in mark.words)):
                return mark
    return None
