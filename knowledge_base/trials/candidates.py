"""The release that publishing would make, ready to be searched before there is one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from knowledge_base.editing.scope import is_within
from knowledge_base.library import Library
from knowledge_base.model import Unit, UnitKey
from knowledge_base.search.snapshot import Entry, Snapshot, advance, build
from knowledge_base.store.releases import Move, current, drafts, units
from knowledge_base.store.revisions import read

MOST = 2000
"""Moves that are laid over the published base; of more, or of more than it has units, a base of their own is made."""


def published(library: Library, tx: Connection) -> Snapshot:
    """The newest release that a transaction sees."""
    release = current(tx)
    if library.snapshot.release < release:
        library.refresh()
    return library.at(release)


def moves_within(tx: Connection, base: Snapshot, department: str | None) -> list[Move]:
    """What the drafts would change that a member of a department (None: of the whole office) may read."""
    stand: dict[UnitKey, Unit] = {**base.units, **{one.key: one for one in base.synonyms.groups.values()}}
    return [
        Move(draft.key, draft.published, draft.revision)
        for draft in drafts(tx)
        if draft.published != draft.revision
        and all(is_within(unit, department) for unit in (draft.unit, stand.get(draft.key)) if unit is not None)
    ]


def candidate(base: Snapshot, tx: Connection, moves: Sequence[Move]) -> Snapshot:
    """`base` with these steps taken, under the next release's number."""
    added = [Entry(*one) for one in read(tx, [move.new for move in moves if move.new is not None])]
    removed = {move.old for move in moves if move.old is not None}
    if len(moves) <= min(MOST, len(base.base.entries)):
        return advance(base, base.release + 1, added, removed)
    staying = [Entry(*one) for one in units(tx, base.release) if one.revision not in removed]
    return build(base.release + 1, [*staying, *added], base.tools)
