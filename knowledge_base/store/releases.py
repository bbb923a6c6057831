"""Releases 发布版本: what is published, publishing, and going back.

Everything takes the caller's transaction. A release is a number; what it holds is read by `holdings`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, insert, select, text, update
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.clock import CHINA
from foundation.errors import KnowledgeError, PublishError
from knowledge_base.findings import Finding, dangling, duplicates, inspect, references
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store.clashes import clashing
from knowledge_base.store.drafts import delete_draft, discard_draft, drafts, save_draft, save_drafts
from knowledge_base.store.earlier import WHOLE, NothingEarlier, earlier
from knowledge_base.store.holdings import Changes, changes, current, difference, find, held_by, stream, units
from knowledge_base.store.revisions import StoredUnit, chunks, read
from knowledge_base.store.status import Passage, Status, history, status
from knowledge_base.store.tables import drafts as draft_table
from knowledge_base.store.tables import memberships, releases

__all__ = [
    "Changes",
    "NothingEarlier",
    "Passage",
    "Refused",
    "Release",
    "Status",
    "StoredUnit",
    "changes",
    "current",
    "delete_draft",
    "discard_draft",
    "drafts",
    "find",
    "history",
    "publish",
    "rollback",
    "save_draft",
    "save_drafts",
    "status",
    "stream",
    "units",
]


class Release(NamedTuple):
    number: int
    added: int
    changed: int
    removed: int
    warnings: tuple[Finding, ...] = ()
    fresh: bool = True
    """False when there was nothing to publish, so that no release was made and `number` is the one before."""


class Refused(PublishError):
    """Publishing was refused for these findings."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("nothing was published:\n" + "\n".join(map(str, findings)))


class Move(NamedTuple):
    """One unit's step from a revision to another; None stands for absence."""

    key: UnitKey
    old: int | None
    new: int | None


def publish(
    tx: Connection,
    account: str,
    note: str,
    now: datetime,
    strict: bool = False,
    only: Collection[UnitKey] | None = None,
    state: str | None = None,
    accepted: Collection[str] = (),
    detail: Mapping[str, Any] | None = None,
) -> Release:
    """Make a release of the drafts (of `only` these units, in that `state`) that differ from what is published.

    With nothing to publish the newest release is returned, not `fresh`.

    Args:
        strict: any warning forbids it, but for those with a digest in `accepted`.
        detail: what else the release keeps about how it came to be.

    Raises:
        Refused: a draft has a blocking problem, or, when `strict`, a warning.
    """
    lock(tx)
    pending = pending_moves(tx, only, state)
    moves = [move for move in pending if move.old != move.new]
    if not moves:
        draft_store.remove(tx, [move.key for move in pending])
        return Release(current(tx), 0, 0, 0, fresh=False)
    findings = inspect_moves(tx, moves, now, strict)
    warnings = [finding for finding in findings if finding.severity == "warning"]
    blocks = [finding for finding in findings if finding.severity == "block"]
    open_warnings = [finding for finding in warnings if finding.digest not in accepted] if strict else []
    if blocks or open_warnings:
        raise Refused([*blocks, *open_warnings])
    draft_store.remove(tx, [move.key for move in pending])
    return _release(tx, moves, account, note, now, "publish", warnings, detail)


def give_back(tx: Connection, keys: Sequence[UnitKey], number: int, account: str, note: str, now: datetime) -> Release:
    """Make a new release in which these units are what they were in release `number`; nothing else changes."""
    lock(tx)
    stand = draft_store.published(tx, keys)
    moves = [Move(key, stand.get(key), held_by(tx, number, key)) for key in sorted(keys)]
    moves = [move for move in moves if move.old != move.new]
    if not moves:
        return Release(current(tx), 0, 0, 0, fresh=False)
    return _release(tx, moves, account, note, now, "rollback", ())


def rollback(tx: Connection, target: int | UnitKey, account: str, now: datetime) -> Release:
    """Make a new release that holds what release `target` held, or that gives one unit its previous revision back.

    A unit that goes back again goes further back (`earlier`). Drafts stay as they are.

    Raises:
        KnowledgeError: there is no such release.
        NothingEarlier: the unit has no earlier revision.
    """
    lock(tx)
    if isinstance(target, UnitKey):
        held, goal = earlier(tx, target)
        moves, note, more = [Move(target, held, goal)], f"rollback of {target}", {}
    else:
        number = current(tx)
        if not 1 <= target <= number:
            raise KnowledgeError(f"there is no release {target}; the releases are 1 to {number}")
        entering, leaving = difference(tx, number, target)
        gone = {key: revision for revision, key in leaving.items()}
        come = {key: revision for revision, key in entering.items()}
        moves = [Move(key, gone.get(key), come.get(key)) for key in sorted(gone.keys() | come.keys())]
        note, more = f"rollback to release {target}", {WHOLE: target}
    if not moves:
        return Release(current(tx), 0, 0, 0, fresh=False)
    return _release(tx, moves, account, note, now, "rollback", (), more)


def pending_moves(tx: Connection, only: Collection[UnitKey] | None = None, state: str | None = None) -> list[Move]:
    """What each draft (of `only` these units, in that `state`) would change."""
    # Two questions and no join: for one draft a planner might scan all memberships.
    query = select(draft_table.c.kind, draft_table.c.unit_id, draft_table.c.revision_id)
    if state is not None:
        query = query.where(draft_table.c.state == state)
    new = {UnitKey(kind, unit_id): revision for kind, unit_id, revision in tx.execute(query)}
    old = draft_store.published(tx, list(new))
    return [Move(key, old.get(key), new[key]) for key in sorted(new) if only is None or key in only]


def inspect_moves(tx: Connection, moves: Sequence[Move], now: datetime, strict: bool) -> list[Finding]:
    """The findings of what enters; when `strict`, it is compared with all that stays, too."""
    today = now.astimezone(CHINA).date()
    entering = [stored.unit for stored in read(tx, [move.new for move in moves if move.new is not None])]
    named = {key for unit in entering for _, key in references(unit)}
    gone = {move.key for move in moves if move.new is None}
    known = (draft_store.published(tx, list(named)).keys() - gone) | {unit.key for unit in entering}
    findings = [finding for unit in entering for finding in (*inspect(unit, today), *dangling(unit, known))]
    moved = {move.key for move in moves}
    findings += clashing(tx, entering, moved)
    staying = (stored.unit for stored in stream(tx, current(tx)) if stored.unit.key not in moved) if strict else ()
    fresh = {unit.key for unit in entering}
    return findings + [finding for finding in duplicates((*staying, *entering)) if finding.unit in fresh]


def _release(
    tx: Connection,
    moves: Sequence[Move],
    account: str,
    note: str,
    now: datetime,
    action: str,
    warnings: Sequence[Finding],
    more: Mapping[str, Any] | None = None,
) -> Release:
    number = current(tx) + 1
    counts = {
        "added": sum(move.old is None for move in moves),
        "changed": sum(move.old is not None and move.new is not None for move in moves),
        "removed": sum(move.new is None for move in moves),
    }
    detail = {**counts, "action": action, "warnings": len(warnings), **(more or {})}
    tx.execute(insert(releases).values(number=number, created_at=now, account=account, note=note, detail=detail))
    leaving = [move.old for move in moves if move.old is not None]
    for part in chunks(leaving):
        stay = and_(memberships.c.revision_id.in_(part), memberships.c.to_release.is_(None))
        tx.execute(update(memberships).where(stay).values(to_release=number))
    rows = [
        {"revision_id": move.new, "from_release": number, "kind": move.key.kind, "unit_id": move.key.id}
        for move in moves
        if move.new is not None
    ]
    if rows:
        tx.execute(insert(memberships), rows)
    audit.record(tx, account, f"kb.{action}", f"release:{number}", {**detail, "note": note}, now)
    return Release(number, counts["added"], counts["changed"], counts["removed"], tuple(warnings))


def lock(tx: Connection) -> None:
    """One release at a time, and none while drafts are being saved. (SQLite's write lock does that already.)"""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": draft_store.LOCK})
