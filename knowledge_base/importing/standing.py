"""What stands of units before an import: their drafts, and what is published, as plain JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store.drafts import APPROVED, IN_REVIEW, Draft
from knowledge_base.store.revisions import chunks
from knowledge_base.store.tables import drafts, revisions

Body = Mapping[str, Any]


class Drafted(NamedTuple):
    """A draft; `body` is None where it removes the unit."""

    account: str
    updated_at: datetime
    state: str
    revision: int | None
    body: Body | None


class Standing(NamedTuple):
    drafts: Mapping[UnitKey, Drafted]
    published: Mapping[UnitKey, Body]

    def of(self, key: UnitKey) -> Body | None:
        """What an editor would go on from: the draft, unless it removes the unit, or what is published."""
        draft = self.drafts.get(key)
        return (draft.body if draft else None) or self.published.get(key)


def standing(tx: Connection, keys: Collection[UnitKey]) -> Standing:
    """What stands under these keys."""
    columns = [drafts.c[name] for name in ("unit_id", "account", "updated_at", "state", "revision_id")]
    query = select(*columns, revisions.c.body).select_from(
        drafts.outerjoin(revisions, revisions.c.id == drafts.c.revision_id)
    )
    drafted: dict[UnitKey, Drafted] = {}
    for kind in {key.kind for key in keys}:
        for part in chunks([key.id for key in keys if key.kind == kind]):
            for unit_id, *draft in tx.execute(query.where(drafts.c.kind == kind, drafts.c.unit_id.in_(part))):
                drafted[UnitKey(kind, unit_id)] = Drafted(*draft)
    return Standing(drafted, _published(tx, keys))


def all_drafts(tx: Connection) -> dict[UnitKey, tuple[int | None, int | None]]:
    """The revision and the change order of every draft."""
    query = select(drafts.c.kind, drafts.c.unit_id, drafts.c.revision_id, drafts.c.order_id)
    return {UnitKey(kind, unit_id): (revision, order) for kind, unit_id, revision, order in tx.execute(query)}


def under_review(tx: Connection) -> dict[UnitKey, Draft]:
    """The drafts that somebody reads, or that have passed their review: not to be overwritten unasked."""
    found = draft_store.drafts_where(tx, drafts.c.state.in_((IN_REVIEW, APPROVED)))
    return {draft.key: draft for draft in found}


def _published(tx: Connection, keys: Collection[UnitKey]) -> dict[UnitKey, Body]:
    numbers = draft_store.published(tx, list(keys))
    bodies: dict[int, Body] = {}
    for part in chunks(sorted(numbers.values())):
        query = select(revisions.c.id, revisions.c.body).where(revisions.c.id.in_(part))
        bodies |= dict(tx.execute(query).all())
    return {key: bodies[number] for key, number in numbers.items()}
