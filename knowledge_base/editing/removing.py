"""Drafts that remove a unit, and drafts that are given up: only as they were seen, and before they are submitted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from knowledge_base.editing.errors import Overtaken, WrongState
from knowledge_base.editing.review import existing
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as store
from knowledge_base.store.drafts import DRAFT, IN_REVIEW, Draft

Seen = frozenset[tuple[UnitKey, "int | None"]]
"""Units with the revisions of their drafts, None for a removal, as a page showed them."""


def propose(tx: Connection, key: UnitKey, seen: Seen, account: str, now: datetime) -> None:
    """Save a draft that removes the unit; it takes the place of one that the page has shown.

    Raises:
        Overtaken: somebody has a draft of it that the page did not show.
        WrongState: its draft has been submitted.
    """
    store.hold(tx, key)
    if (draft := store.draft(tx, key)) is not None:
        _require(draft, seen)
    store.delete_draft(tx, key, account, now)


def drop(tx: Connection, key: UnitKey, seen: Seen, account: str, now: datetime) -> None:
    """Forget the draft that the page has shown.

    Raises:
        Missing: there is none.
        Overtaken, WrongState: as in `propose`.
    """
    store.hold(tx, key)
    _require(existing(tx, key), seen)
    store.discard_draft(tx, key, account, now)


def _require(draft: Draft, seen: Seen) -> None:
    if (draft.key, draft.revision) not in seen:
        raise Overtaken("changed")
    if draft.state != DRAFT:
        raise WrongState("in_review" if draft.state == IN_REVIEW else "has_passed")
