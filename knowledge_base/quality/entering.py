"""What enters a release against what stays in it and is about the same item: little is read, so publishing can ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.engine import Connection

from knowledge_base.findings import Finding
from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.quality.matters import between
from knowledge_base.store import drafts
from knowledge_base.store.codec import load
from knowledge_base.store.releases import Move
from knowledge_base.store.revisions import chunks, read
from knowledge_base.store.tables import memberships, revisions


def contradictions(tx: Connection, moves: Sequence[Move]) -> list[Finding]:
    """The warnings about units that enter and what stays: items and their FAQs that say different things."""
    entering = [stored.unit for stored in read(tx, [move.new for move in moves if move.new is not None])]
    items = {unit.id for unit in entering if unit.kind == "item"}
    items |= {unit.item for unit in entering if isinstance(unit, Faq) and unit.item}
    if not items:
        return []
    moved = {move.key for move in moves}
    staying = [unit for unit in _about(tx, items) if unit.key not in moved]
    fresh = {unit.key for unit in entering}
    return [
        one
        for one in between([*staying, *entering])
        if one.severity == "warning" and (one.unit in fresh or one.other in fresh)
    ]


def _about(tx: Connection, items: Iterable[str]) -> list[Unit]:
    """The published items with these ids, and their FAQs."""
    wanted = sorted(items)
    stand = drafts.published(tx, [UnitKey("item", id) for id in wanted])
    found = [stored.unit for stored in read(tx, stand.values())]
    query = select(revisions.c.body).join(memberships, memberships.c.revision_id == revisions.c.id)
    present = query.where(memberships.c.kind == "faq", memberships.c.to_release.is_(None))
    for part in chunks(wanted):
        found += [
            load(body) for body in tx.execute(present.where(revisions.c.body["item"].as_string().in_(part))).scalars()
        ]
    return found
