"""Publication on a day: who said when, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing import orders
from knowledge_base.editing.errors import Unfit
from knowledge_base.editing.publishing import order_keys, publishable, release
from knowledge_base.editing.tables import change_orders
from knowledge_base.editing.trail import APPROVED as PASSED
from knowledge_base.editing.trail import SAVED, SCHEDULED, SUBMITTED, UNSCHEDULED, note, round_of
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.drafts import APPROVED, Draft
from knowledge_base.store.releases import Release
from knowledge_base.store.tables import drafts as draft_table


def schedule(tx: Connection, keys: Sequence[UnitKey], account: str, moment: datetime, now: datetime) -> None:
    """Have drafts that have passed review published at a moment. Raises as `publish`; Unfit: the moment is over."""
    _coming(moment, now)
    for key in keys:
        draft = publishable(tx, key, account, None)
        draft_store.move(tx, key, draft.revision, publish_at=moment)
        note(tx, key, draft.revision, SCHEDULED, account, now, comment=moment.isoformat(), step=draft.step)
        audit.record(tx, account, "kb.schedule", str(key), {"at": moment.isoformat()}, now)


def schedule_order(tx: Connection, id: int, account: str, moment: datetime, now: datetime) -> None:
    """Have a whole change order, all of which has passed review, published at a moment."""
    _coming(moment, now)
    for key in order_keys(tx, id):
        draft = publishable(tx, key, account, id)
        note(tx, key, draft.revision, SCHEDULED, account, now, comment=moment.isoformat(), step=draft.step, order=id)
    tx.execute(update(change_orders).where(change_orders.c.id == id).values(publish_at=moment))
    audit.record(tx, account, "kb.order.schedule", f"order:{id}", {"at": moment.isoformat()}, now)


@dataclass(frozen=True)
class Due:
    """What is to be published by now, under the name of whoever scheduled it."""

    keys: tuple[UnitKey, ...]
    account: str
    order: int | None
    title: str


def due(tx: Connection, now: datetime) -> list[Due]:
    """What was scheduled for now or before and may still be published; an order waits until all of it may be."""
    alone = (draft_table.c.publish_at <= now) & (draft_table.c.state == APPROVED) & draft_table.c.order_id.is_(None)
    by: dict[str, list[UnitKey]] = defaultdict(list)
    for draft in draft_store.drafts_where(tx, alone):
        by[_scheduled_by(tx, draft)].append(draft.key)
    found = [Due(tuple(keys), account, None, "") for account, keys in sorted(by.items())]
    waiting = (change_orders.c.publish_at <= now) & (change_orders.c.state == orders.OPEN)
    for order in tx.execute(select(change_orders.c.id, change_orders.c.title).where(waiting)).all():
        drafts = orders.drafts_of(tx, order.id)
        if drafts and all(draft.state == APPROVED and _as_scheduled(tx, draft) for draft in drafts):
            keys = tuple(draft.key for draft in drafts)
            found.append(Due(keys, _scheduled_by(tx, drafts[0]), order.id, order.title))
    return found


def publish_due(tx: Connection, one: Due, now: datetime) -> Release:
    """Publish what is due. What it was tried and consented to when it was scheduled holds.

    Raises:
        releases.Refused: something forbids it by now.
        EditingError: somebody was quicker.
    """
    releases.lock(tx)
    found = [publishable(tx, key, None, one.order) for key in one.keys]
    return release(tx, found, one.account, one.title, now, one.order, {"scheduled": True}, strict=False)


def unschedule(tx: Connection, one: Due, why: str, now: datetime) -> None:
    """What could not be published at its time waits for somebody who looks at it; the trail says why."""
    for key in one.keys:
        draft = draft_store.draft(tx, key)
        if draft is None:
            continue
        draft_store.move(tx, key, draft.revision, publish_at=None)
        note(tx, key, draft.revision, UNSCHEDULED, one.account, now, comment=why, step=draft.step, order=one.order)
        audit.record(tx, one.account, "kb.unschedule", str(key), {"why": why}, now)
    if one.order is not None:
        tx.execute(update(change_orders).where(change_orders.c.id == one.order).values(publish_at=None))


def _scheduled_by(tx: Connection, draft: Draft) -> str:
    steps = round_of(tx, draft.key)
    return next((one.account for one in steps if one.verdict in (SCHEDULED, PASSED)), draft.account)


def _as_scheduled(tx: Connection, draft: Draft) -> bool:
    """Whether a draft of an order is what it was when the order was scheduled: neither written anew nor added since."""
    since = (step.verdict for step in round_of(tx, draft.key) if step.verdict in (SCHEDULED, SAVED, SUBMITTED))
    return next(since, None) == SCHEDULED


def _coming(moment: datetime, now: datetime) -> None:
    if moment <= now:
        raise Unfit("past")
