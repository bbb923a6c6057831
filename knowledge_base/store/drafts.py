"""Drafts: what the next release will change. One draft per unit; the last one saved stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select, text
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store.codec import load
from knowledge_base.store.revisions import chunks, insert_for, insert_or, keep
from knowledge_base.store.tables import drafts as table
from knowledge_base.store.tables import memberships, revisions

LOCK = 0x6B62  # "kb": the PostgreSQL advisory lock that publishing takes alone and saving drafts shares


class Draft(NamedTuple):
    """A draft; `unit` is None where it removes the unit, `published` is the revision it replaces (None: new)."""

    key: UnitKey
    revision: int | None
    unit: Unit | None
    published: int | None
    account: str
    updated_at: datetime


class Saved(NamedTuple):
    drafts: set[UnitKey]
    unchanged: set[UnitKey]
    """Units that say what is published already; they have no draft afterwards."""


def save_draft(tx: Connection, unit: Unit, account: str, now: datetime) -> int:
    """Keep the unit as the draft of its key and return the revision; see `save_drafts`."""
    _share_lock(tx)
    revision = keep(tx, [unit], account, now)[unit.key]
    if published(tx, [unit.key]).get(unit.key) == revision:
        remove(tx, [unit.key])
    else:
        _put(tx, {unit.key: revision}, account, now)
    audit.record(tx, account, "kb.draft", str(unit.key), {"revision": revision}, now)
    return revision


def save_drafts(tx: Connection, units: Sequence[Unit], account: str, now: datetime) -> Saved:
    """Keep many units as drafts, each key given once.

    A unit that equals what is published needs no draft: one that stood there is dropped. The caller writes the
    audit entry, one for all.
    """
    _share_lock(tx)
    kept = keep(tx, units, account, now)
    stand = published(tx, list(kept))
    changed = {key: revision for key, revision in kept.items() if stand.get(key) != revision}
    unchanged = kept.keys() - changed.keys()
    remove(tx, list(unchanged))
    _put(tx, changed, account, now)
    return Saved(set(changed), unchanged)


def delete_draft(tx: Connection, key: UnitKey, account: str, now: datetime) -> None:
    """Save a draft that removes the unit from the next release."""
    _share_lock(tx)
    _put(tx, {key: None}, account, now)
    audit.record(tx, account, "kb.draft.delete", str(key), None, now)


def discard_draft(tx: Connection, key: UnitKey, account: str, now: datetime) -> bool:
    """Forget the draft of a unit; False when there was none."""
    _share_lock(tx)
    gone = delete(table).where(table.c.kind == key.kind, table.c.unit_id == key.id)
    if not tx.execute(gone).rowcount:
        return False
    audit.record(tx, account, "kb.draft.discard", str(key), None, now)
    return True


def drafts(tx: Connection) -> list[Draft]:
    """All drafts, by kind and id."""
    query = (
        select(table, revisions.c.body)
        .select_from(table.outerjoin(revisions, revisions.c.id == table.c.revision_id))
        .order_by(table.c.kind, table.c.unit_id)
    )
    rows = {UnitKey(row.kind, row.unit_id): row for row in tx.execute(query)}
    stand = published(tx, list(rows))
    return [
        Draft(
            key,
            row.revision_id,
            None if row.revision_id is None else load(row.body),
            stand.get(key),
            row.account,
            row.updated_at,
        )
        for key, row in rows.items()
    ]


def published(tx: Connection, keys: Sequence[UnitKey]) -> dict[UnitKey, int]:
    """The revisions of these units that the newest release holds."""
    found: dict[UnitKey, int] = {}
    for kind in sorted({key.kind for key in keys}):
        for part in chunks([key.id for key in keys if key.kind == kind]):
            query = select(memberships.c.unit_id, memberships.c.revision_id).where(
                memberships.c.kind == kind, memberships.c.unit_id.in_(part), memberships.c.to_release.is_(None)
            )
            found |= {UnitKey(kind, unit_id): revision for unit_id, revision in tx.execute(query)}
    return found


def remove(tx: Connection, keys: Sequence[UnitKey]) -> None:
    """Delete the drafts of these units."""
    for kind in sorted({key.kind for key in keys}):
        for part in chunks([key.id for key in keys if key.kind == kind]):
            tx.execute(delete(table).where(table.c.kind == kind, table.c.unit_id.in_(part)))


def _share_lock(tx: Connection) -> None:
    """Keep a release from being made while drafts are saved. (SQLite's write lock does that already.)"""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": LOCK})


def _put(tx: Connection, numbers: Mapping[UnitKey, int | None], account: str, now: datetime) -> None:
    put = insert_for(tx, table)
    put = put.on_conflict_do_update(
        index_elements=["kind", "unit_id"],
        set_={name: put.excluded[name] for name in ("revision_id", "account", "updated_at")},
    )
    rows = [
        {"kind": key.kind, "unit_id": key.id, "revision_id": number, "account": account, "updated_at": now}
        for key, number in sorted(numbers.items())
    ]
    remove(tx, list(numbers))
    for part in chunks(rows):
        insert_or(tx, table, list(part), put)
