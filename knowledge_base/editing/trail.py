"""The trail of a unit's drafts: who saved, sent, approved, rejected, remarked or published what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func as sql
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from knowledge_base.editing.tables import reviews
from knowledge_base.model import UnitKey
from knowledge_base.store.revisions import chunks

SAVED, SUBMITTED, APPROVED, REJECTED, WITHDRAWN = "saved", "submitted", "approved", "rejected", "withdrawn"
COMMENT, PUBLISHED, SCHEDULED, UNSCHEDULED = "comment", "published", "scheduled", "unscheduled"


@dataclass(frozen=True)
class Step:
    """One step of the trail; `revision` is None where the removal of the unit was meant."""

    id: int
    key: UnitKey
    revision: int | None
    order: int | None
    step: int
    verdict: str
    comment: str
    account: str
    at: datetime


def note(
    tx: Connection,
    key: UnitKey,
    revision: int | None,
    verdict: str,
    account: str,
    now: datetime,
    *,
    comment: str = "",
    step: int = 0,
    order: int | None = None,
) -> None:
    """Add a step."""
    row = {"kind": key.kind, "unit_id": key.id, "revision_id": revision, "order_id": order, "step": step}
    tx.execute(insert(reviews).values(row | {"verdict": verdict, "comment": comment, "account": account, "at": now}))


def note_saved(
    tx: Connection, saved: Mapping[UnitKey, int | None], account: str, now: datetime, orders: Mapping[UnitKey, int]
) -> None:
    """Add the same step to many trails: somebody saved these revisions."""
    rows = [
        {"kind": key.kind, "unit_id": key.id, "revision_id": revision, "order_id": orders.get(key), "step": 0}
        | {"verdict": SAVED, "comment": "", "account": account, "at": now}
        for key, revision in saved.items()
    ]
    for part in chunks(rows):
        tx.execute(insert(reviews), list(part))


def trail(tx: Connection, key: UnitKey) -> list[Step]:
    """All that happened to the drafts of a unit, the latest first."""
    query = select(reviews).where(reviews.c.kind == key.kind, reviews.c.unit_id == key.id)
    return [_step(row) for row in tx.execute(query.order_by(reviews.c.id.desc()))]


def round_of(tx: Connection, key: UnitKey) -> list[Step]:
    """What happened since the unit was last published, the latest first: all that concerns its draft."""
    here = (reviews.c.kind == key.kind) & (reviews.c.unit_id == key.id)
    published = select(sql.coalesce(sql.max(reviews.c.id), 0)).where(here, reviews.c.verdict == PUBLISHED)
    query = select(reviews).where(here, reviews.c.id > published.scalar_subquery())
    return [_step(row) for row in tx.execute(query.order_by(reviews.c.id.desc()))]


def of_order(tx: Connection, order: int, verdict: str) -> list[Step]:
    """The steps with that verdict of a change order's units, by unit."""
    query = select(reviews).where(reviews.c.order_id == order, reviews.c.verdict == verdict)
    return [_step(row) for row in tx.execute(query.order_by(reviews.c.kind, reviews.c.unit_id, reviews.c.id))]


def _step(row: object) -> Step:
    values = row._mapping  # type: ignore[attr-defined]
    key = UnitKey(values["kind"], values["unit_id"])
    rest = {name: values[name] for name in ("id", "step", "verdict", "comment", "account", "at")}
    return Step(key=key, revision=values["revision_id"], order=values["order_id"], **rest)
