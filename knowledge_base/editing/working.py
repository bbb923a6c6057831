"""Working copies 在编稿: what stands in somebody's form, kept while they type; and how it becomes the draft.

Each account has its own copy of a unit, so that nobody's typing overwrites anybody's. Which text a copy was begun from
is kept with it (`base`): a draft is made of it only while that is still what stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.clock import CHINA
from knowledge_base.editing.errors import Missing, Overtaken, WrongState
from knowledge_base.editing.tables import workings
from knowledge_base.editing.trail import SAVED, note
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store.codec import dump
from knowledge_base.store.drafts import IN_REVIEW, Draft
from knowledge_base.store.releases import current, find


@dataclass(frozen=True)
class Working:
    key: UnitKey
    account: str
    body: dict[str, Any]
    """The form as plain JSON, valid or not."""
    base: int | None
    """The revision that it was begun from; None: a new unit."""
    version: int
    updated_at: datetime


@dataclass(frozen=True)
class Other:
    """Somebody else who is at the same unit."""

    account: str
    updated_at: datetime


def standing(tx: Connection, key: UnitKey) -> int | None:
    """The revision that one begins from: the draft's, else the published one; None where there is neither.

    A draft that removes the unit stands on the published revision.
    """
    draft = draft_store.draft(tx, key)
    if draft is not None and draft.revision is not None:
        return draft.revision
    return draft_store.published(tx, [key]).get(key)


def begin(tx: Connection, key: UnitKey) -> dict[str, Any]:
    """What stands, as the form takes it.

    Raises:
        Missing: nothing is published under that key, and nobody has drafted it.
    """
    draft = draft_store.draft(tx, key)
    if draft is not None and draft.unit is not None:
        return dump(draft.unit)
    stored = find(tx, current(tx), key)
    if stored is None:
        raise Missing("unknown")
    return dump(stored.unit)


def read(tx: Connection, key: UnitKey, account: str) -> Working | None:
    """An account's working copy of a unit."""
    row = tx.execute(select(workings).where(_mine(key, account))).first()
    return None if row is None else Working(key, row.account, row.body, row.base, row.version, row.updated_at)


def mine(tx: Connection, account: str) -> list[Working]:
    """All working copies of an account, the latest first."""
    query = select(workings).where(workings.c.account == account).order_by(workings.c.updated_at.desc())
    return [
        Working(UnitKey(row.kind, row.unit_id), row.account, row.body, row.base, row.version, row.updated_at)
        for row in tx.execute(query)
    ]


def others(tx: Connection, key: UnitKey, account: str, since: datetime) -> list[Other]:
    """Who else has typed into a copy of the unit since then, the latest first."""
    mine = workings.c.account == account
    query = select(workings.c.account, workings.c.updated_at).where(_of(key), ~mine, workings.c.updated_at >= since)
    return [Other(*row) for row in tx.execute(query.order_by(workings.c.updated_at.desc()))]


def autosave(
    tx: Connection, key: UnitKey, account: str, body: dict[str, Any], base: int | None, version: int, now: datetime
) -> int:
    """Keep what stands in the form, and return its new version; `version` is the last one that the form knows, or 0.

    Raises:
        Overtaken: the same person has typed in another page.
    """
    kept = {"body": body, "base": base, "version": version + 1, "updated_at": now}
    if version == 0:
        try:
            with tx.begin_nested():
                tx.execute(insert(workings).values(kind=key.kind, unit_id=key.id, account=account, **kept))
        except IntegrityError:
            raise Overtaken("two_tabs") from None
    elif not tx.execute(
        update(workings).where(_mine(key, account), workings.c.version == version).values(kept)
    ).rowcount:
        raise Overtaken("two_tabs")
    return version + 1


def discard(tx: Connection, key: UnitKey, account: str) -> None:
    """Throw a working copy away."""
    tx.execute(delete(workings).where(_mine(key, account)))


def save(tx: Connection, key: UnitKey, account: str, unit: Unit, base: int | None, now: datetime) -> int:
    """Make the unit the draft, to be reviewed anew, and return its revision; the working copy is gone then.

    Raises:
        Overtaken: what stands is not what it was begun from; nothing is overwritten.
        WrongState: the draft is under review.
    """
    assert unit.key == key
    draft_store.hold(tx, key)
    before = draft_store.draft(tx, key)
    if standing(tx, key) != base:
        raise Overtaken("overtaken", account=before.account if before else "—", at=_time(before, now))
    if before is not None and before.state == IN_REVIEW:
        raise WrongState("in_review")
    revision = draft_store.save_draft(tx, unit, account, now)
    note(tx, key, revision, SAVED, account, now, order=before.order if before else None)
    discard(tx, key, account)
    return revision


def _time(draft: Draft | None, now: datetime) -> str:
    return (draft.updated_at if draft else now).astimezone(CHINA).strftime("%H:%M")


def _of(key: UnitKey) -> Any:
    return (workings.c.kind == key.kind) & (workings.c.unit_id == key.id)


def _mine(key: UnitKey, account: str) -> Any:
    return _of(key) & (workings.c.account == account)
