"""One record beside today: what the same question is answered with now, what differs, and which recall told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection

from knowledge_base.answering.occasion import Occasion
from knowledge_base.editing.scope import is_within
from knowledge_base.model import KINDS, Unit, UnitKey
from knowledge_base.recalls.comparing import Comparison, Difference, release_at
from knowledge_base.recalls.said import Lines, Pages, said
from knowledge_base.recalls.tables import recall_recipients
from knowledge_base.records import Record
from knowledge_base.store import releases
from knowledge_base.store.status import Passage, history
from knowledge_base.store.tables import memberships
from knowledge_base.store.tables import releases as release_table

LOOKED_AT = 200
"""Changes that are looked at for the last ones of a department."""


@dataclass(frozen=True)
class Beside:
    """What is known of the unit that a record was answered from."""

    key: UnitKey
    unit: Unit
    """As it was, or, where that release is not known, as it is."""
    passage: Passage | None
    """The stay of its revision in the releases; None where it is not known."""
    today: Lines
    """What the unit says now; nothing where it is not published any more."""
    difference: Difference | None
    """Between the record and what the unit would have said on its day; None: nothing of it has changed."""


@dataclass(frozen=True)
class Told:
    """A recall that concerned a record. `correction`: the record of what was said instead, once it was."""

    recall: int
    state: str
    correction: str | None


@dataclass(frozen=True)
class Changed:
    """A unit that a release changed."""

    key: UnitKey
    title: str
    release: int
    at: datetime


def beside(tx: Connection, record: Record, occasion: Occasion, today: date) -> Beside | None:
    """A record's unit then and now; None for what was not answered from one."""
    if record.kind not in KINDS or record.unit_id is None:
        return None
    key, current = UnitKey(record.kind, record.unit_id), releases.current(tx)
    then = record.release if record.release is not None else release_at(tx, record.at)
    stays = history(tx, key)
    passage = next((one for one in stays if one.from_release <= then < (one.to_release or then + 1)), None)
    if not stays:
        return None
    return Beside(
        key,
        (passage or stays[0]).unit,
        passage,
        said(Pages(tx, current), key, record.aspect, today, occasion),
        Comparison(tx, key, current, occasion).of(record),
    )


def recalls_of(tx: Connection, number: str) -> list[Told]:
    """The recalls that were sent because of a record, newest first."""
    rows = recall_recipients.c
    query = select(rows.recall_id, rows.state, rows.correction).where(rows.record == number)
    return [Told(*row) for row in tx.execute(query.order_by(rows.recall_id.desc()))]


def lately_changed(tx: Connection, department: str | None, limit: int = 20) -> list[Changed]:
    """The units that were changed, or taken out, last, each once; of a department (None: of all)."""
    columns = (memberships.c.kind, memberships.c.unit_id, release_table.c.number, release_table.c.created_at)
    ended = memberships.join(release_table, release_table.c.number == memberships.c.to_release)
    query = select(*columns).select_from(ended).order_by(release_table.c.number.desc(), memberships.c.unit_id)
    found: dict[UnitKey, Changed] = {}
    for kind, id, number, at in tx.execute(query.limit(LOOKED_AT)):
        key = UnitKey(kind, id)
        if key not in found and is_within(unit := history(tx, key)[0].unit, department):
            found[key] = Changed(key, unit.title, number, at)
        if len(found) == limit:
            break
    return list(found.values())
