"""What a unit goes back to: the text before the present one, and never one that was gone back from."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.errors import KnowledgeError
from knowledge_base.model import UnitKey
from knowledge_base.store.revisions import chunks
from knowledge_base.store.tables import memberships, releases

WHOLE = "release"
"""In the detail of a rollback that all units took part in: the release that they went back to."""


class NothingEarlier(KnowledgeError):
    """There is nothing that a unit could go back to."""


class _Change(NamedTuple):
    """A release that changed a unit; None: it took it out."""

    revision: int | None
    back: bool
    whole: bool


def earlier(tx: Connection, key: UnitKey) -> tuple[int | None, int]:
    """The revision of a unit that is published (None: none is), and the one that it goes back to.

    Going back again goes further back: what was gone back from was wrong, whoever went back from it. Only where a
    whole release was gone back to, and nothing of this unit is earlier, it may come out of that again: the others were
    meant, perhaps.

    Raises:
        NothingEarlier
    """
    changes = _changes(tx, key)
    if not changes:
        raise NothingEarlier(f"{key} was never published; `zhengwu kb status` shows what is")
    line: list[int | None] = [None]
    """What it was, one after the other, without what was gone back from."""
    for change in changes:
        if change.back and change.revision in line:
            while line[-1] != change.revision:
                line.pop()
        else:
            line.append(change.revision)
    last, held = changes[-1], changes[-1].revision
    before = [revision for revision in line if revision not in (None, held)]
    if not before and last.whole:
        before = [change.revision for change in changes if change.revision not in (None, held)]
    if not before or before[-1] is None:
        raise NothingEarlier(f"{key} has no earlier revision; to take it out, delete it and publish")
    return held, before[-1]


def _changes(tx: Connection, key: UnitKey) -> list[_Change]:
    """The releases that changed a unit, the first one first."""
    columns = (memberships.c.revision_id, memberships.c.from_release, memberships.c.to_release)
    here = (memberships.c.kind == key.kind) & (memberships.c.unit_id == key.id)
    stays = tx.execute(select(*columns).where(here)).all()
    said: dict[int, int | None] = {stay.to_release: None for stay in stays if stay.to_release is not None}
    said |= {stay.from_release: stay.revision_id for stay in stays}
    details = {}
    for part in chunks(sorted(said)):
        found = select(releases.c.number, releases.c.detail).where(releases.c.number.in_(part))
        details.update(tx.execute(found).all())
    return [
        _Change(revision, details[number].get("action") == "rollback", WHOLE in details[number])
        for number, revision in sorted(said.items())
    ]
