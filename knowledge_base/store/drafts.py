"""Drafts: what the next release will change. One draft per unit; the last one saved stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select, text, update
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store.codec import load
from knowledge_base.store.revisions import chunks, insert_for, insert_or, keep
from knowledge_base.store.tables import drafts as table
from knowledge_base.store.tables import memberships, revisions

DRAFT, IN_REVIEW, APPROVED = "draft", "in_review", "approved"
LOCK = 0x6B62  # "kb": the PostgreSQL advisory lock that publishing takes alone and saving drafts shares


class Draft(NamedTuple):
    """A draft; `unit` is None where it removes the unit, `published` is the revision it replaces (None: new)."""

    key: UnitKey
    revision: int | None
    unit: Unit | None
    published: int | None
    account: str
    """Who saved it last."""
    updated_at: datetime
    state: str = DRAFT
    step: int = 0
    """How many steps of the review it has passed."""
    publish_at: datetime | None = None
    order: int | None = None
    """The change order that it belongs to."""


class Saved(NamedTuple):
    drafts: set[UnitKey]
    unchanged: set[UnitKey]
    """Units that say what is published already; they have no draft afterwards."""


def share_lock(tx: Connection) -> None:
    """Keep a release from being made until this transaction is over. (SQLite's write lock does that already.)

    Whoever changes drafts or orders takes it before reading them: what was read stands then until it is changed, as
    far as publishing goes. It comes before any lock of rows, so that no two wait for each other.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": LOCK})


def hold(tx: Connection, key: UnitKey) -> None:
    """Let nobody else save or review this unit until this transaction is over; and no release be made.

    What is compared after this, and then written, stands in between. Imports do not take it, of many thousand units
    each: they share the lock above alone.
    """
    share_lock(tx)
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": str(key)})


def save_draft(tx: Connection, unit: Unit, account: str, now: datetime) -> int:
    """Keep the unit as the draft of its key and return the revision; see `save_drafts`."""
    share_lock(tx)
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
    share_lock(tx)
    kept = keep(tx, units, account, now)
    stand = published(tx, list(kept))
    changed = {key: revision for key, revision in kept.items() if stand.get(key) != revision}
    unchanged = kept.keys() - changed.keys()
    remove(tx, list(unchanged))
    _put(tx, changed, account, now)
    return Saved(set(changed), unchanged)


def delete_draft(tx: Connection, key: UnitKey, account: str, now: datetime) -> None:
    """Save a draft that removes the unit from the next release."""
    share_lock(tx)
    _put(tx, {key: None}, account, now)
    audit.record(tx, account, "kb.draft.delete", str(key), None, now)


def discard_draft(tx: Connection, key: UnitKey, account: str, now: datetime) -> bool:
    """Forget the draft of a unit; False when there was none."""
    share_lock(tx)
    gone = delete(table).where(table.c.kind == key.kind, table.c.unit_id == key.id)
    if not tx.execute(gone).rowcount:
        return False
    audit.record(tx, account, "kb.draft.discard", str(key), None, now)
    return True


def drafts(tx: Connection) -> list[Draft]:
    """All drafts, by kind and id."""
    return _drafts(tx, _all())


def draft(tx: Connection, key: UnitKey) -> Draft | None:
    """The draft of a unit."""
    found = _drafts(tx, _all().where(table.c.kind == key.kind, table.c.unit_id == key.id))
    return found[0] if found else None


def drafts_where(tx: Connection, condition: Any) -> list[Draft]:
    """The drafts of which a condition on the table of drafts is true, by kind and id."""
    return _drafts(tx, _all().where(condition))


def move(tx: Connection, key: UnitKey, revision: int | None, *, seen: Draft | None = None, **values: Any) -> bool:
    """Change state, step, publish_at or order_id of a draft; False where it is not that revision any more.

    Args:
        seen: the draft as it was read; where somebody has moved it meanwhile, nothing is changed either.
    """
    here = update(table).where(table.c.kind == key.kind, table.c.unit_id == key.id, _is(table.c.revision_id, revision))
    if seen is not None:
        here = here.where(table.c.state == seen.state, table.c.step == seen.step, _is(table.c.order_id, seen.order))
    return bool(tx.execute(here.values(values)).rowcount)


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


def _is(column: Any, value: int | None) -> Any:
    return column.is_(None) if value is None else column == value


def _all() -> Any:
    held = table.outerjoin(revisions, revisions.c.id == table.c.revision_id)
    return select(table, revisions.c.body).select_from(held).order_by(table.c.kind, table.c.unit_id)


def _drafts(tx: Connection, query: Any) -> list[Draft]:
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
            row.state,
            row.step,
            row.publish_at,
            row.order_id,
        )
        for key, row in rows.items()
    ]


def _put(tx: Connection, numbers: Mapping[UnitKey, int | None], account: str, now: datetime) -> None:
    """Replace drafts. What was said in a review was said of another text; the change order stays."""
    put = insert_for(tx, table)
    put = put.on_conflict_do_update(
        index_elements=["kind", "unit_id"],
        set_={name: put.excluded[name] for name in ("revision_id", "account", "updated_at", "state", "step")},
    )
    orders = _orders(tx, list(numbers))
    rows = [
        {
            "kind": key.kind,
            "unit_id": key.id,
            "revision_id": number,
            "account": account,
            "updated_at": now,
            "state": DRAFT,
            "step": 0,
            "order_id": orders.get(key),
        }
        for key, number in sorted(numbers.items())
    ]
    remove(tx, list(numbers))
    for part in chunks(rows):
        insert_or(tx, table, list(part), put)


def _orders(tx: Connection, keys: Sequence[UnitKey]) -> dict[UnitKey, int]:
    query = select(table.c.kind, table.c.unit_id, table.c.order_id).where(table.c.order_id.is_not(None))
    wanted = set(keys)
    return {UnitKey(kind, id): order for kind, id, order in tx.execute(query) if UnitKey(kind, id) in wanted}
