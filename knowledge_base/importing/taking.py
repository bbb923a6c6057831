"""An import that somebody has confirmed: drafts, in one transaction, with their trail."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.trail import note_saved
from knowledge_base.importing import synchronising
from knowledge_base.importing.pipeline import STEP
from knowledge_base.importing.plan import Change, Plan
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.standing import all_drafts
from knowledge_base.importing.synchronising import Memory
from knowledge_base.model import UnitKey
from knowledge_base.store import codec
from knowledge_base.store import drafts as draft_store


class Choices(NamedTuple):
    """What was ticked under a preview."""

    skip_bad_rows: bool = False
    overwrite: Collection[str] | None = ()
    """The marks (`Change.mark`) of others' drafts that are to be replaced; None: all of them."""
    remove_missing: bool = False


class Taken(NamedTuple):
    drafts: int
    removals: int
    left: int
    """Drafts of others, or under review, that were left alone."""
    unchanged: int


def take(
    tx: Connection, plan: Plan, account: str, choices: Choices, now: datetime, memory: Memory | None, digest: str
) -> Taken:
    """Save what a plan says, or nothing at all.

    Args:
        memory: of the source, where the file is its export.
        digest: of the file's content.

    Raises:
        ImportRefused: rows are bad and are not to be skipped.
    """
    if plan.problems and not choices.skip_bad_rows:
        raise ImportRefused("bad_rows", count=len(plan.problems))
    wanted = [*plan.changes, *(plan.missing if choices.remove_missing else ())]
    done = [change for change in wanted if _is_free(change, choices)]
    orders = {key: order for key, (_, order) in all_drafts(tx).items() if order is not None}
    saved = [change for change in done if change.packed is not None]
    for start in range(0, len(saved), STEP):
        units = [codec.load(json.loads(change.packed or b"")) for change in saved[start : start + STEP]]
        draft_store.save_drafts(tx, units, account, now)
    for change in done:
        if change.packed is None:
            draft_store.delete_draft(tx, change.key, account, now)
    drafts = all_drafts(tx)  # what says the same as the published text needs none
    revisions = {change.key: drafts[change.key][0] for change in done if change.key in drafts}
    note_saved(tx, revisions, account, now, orders)
    taken = Taken(len(saved), len(done) - len(saved), len(wanted) - len(done), plan.unchanged)
    kinds = dict(Counter(change.key.kind for change in saved))
    detail = {"files": [plan.read.name], "units": kinds, "unchanged": taken.unchanged, "left": taken.left}
    if memory is None:
        audit.record(tx, account, "kb.import", "drafts", detail, now)
    else:
        _remember(tx, plan, {change.key for change in done}, memory)
        synchronising.note_run(tx, memory.source, digest, plan.counts(), account, now)
        audit.record(tx, account, "kb.sync", memory.source, {**detail, "removals": taken.removals}, now)
    return taken


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_free(change: Change, choices: Choices) -> bool:
    if change.held is None:
        return True
    return not change.held.in_review and (choices.overwrite is None or change.mark in choices.overwrite)


def _remember(tx: Connection, plan: Plan, done: Collection[UnitKey], memory: Memory) -> None:
    """What was left alone is as good as not read: next time it is proposed again."""
    left = {change.key for change in plan.changes if change.key not in done}
    synchronising.remember(tx, memory, {key: body for key, body in plan.said.items() if key not in left})
    synchronising.forget(tx, memory.source, [change.key for change in plan.missing if change.key in done])
