"""Publication on a day: who said when, and what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from foundation import audit
from foundation.errors import KnowledgeError
from knowledge_base.editing import orders
from knowledge_base.editing.errors import Overtaken, Unfit
from knowledge_base.editing.obstacles import Obstacle, obstacles
from knowledge_base.editing.publishing import order_keys, publishable, release, require_whole
from knowledge_base.editing.tables import change_orders
from knowledge_base.editing.trail import APPROVED as PASSED
from knowledge_base.editing.trail import SAVED, SCHEDULED, SUBMITTED, UNSCHEDULED, note, round_of
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.drafts import APPROVED, Draft
from knowledge_base.store.releases import Release
from knowledge_base.store.tables import drafts as draft_table
from knowledge_base.trials import content_tests
from knowledge_base.trials.outcomes import Report

UNREVIEWED, CHANGED = "unreviewed", "changed"
"""Why a draft holds up the order that it belongs to."""


def schedule(tx: Connection, keys: Sequence[UnitKey], account: str, moment: datetime, now: datetime) -> None:
    """Have drafts that have passed review published at a moment. Raises as `publish`; Unfit: the moment is over."""
    _coming(moment, now)
    releases.lock(tx)
    for key in keys:
        draft = publishable(tx, key, account, None)
        if not draft_store.move(tx, key, draft.revision, seen=draft, publish_at=moment):
            raise Overtaken("changed")
        note(tx, key, draft.revision, SCHEDULED, account, now, comment=moment.isoformat(), step=draft.step)
        audit.record(tx, account, "kb.schedule", str(key), {"at": moment.isoformat()}, now)


def schedule_order(tx: Connection, id: int, account: str, moment: datetime, now: datetime) -> None:
    """Have a whole change order, all of which has passed review, published at a moment."""
    _coming(moment, now)
    releases.lock(tx)
    for key in order_keys(tx, id):
        draft = publishable(tx, key, account, id)
        note(tx, key, draft.revision, SCHEDULED, account, now, comment=moment.isoformat(), step=draft.step, order=id)
    tx.execute(update(change_orders).where(change_orders.c.id == id).values(publish_at=moment))
    audit.record(tx, account, "kb.order.schedule", f"order:{id}", {"at": moment.isoformat()}, now)


@dataclass(frozen=True)
class Due:
    """What was scheduled at once, and is to be published by now, under the name of whoever scheduled it."""

    keys: tuple[UnitKey, ...]
    account: str
    moment: datetime
    """When it was to be published."""
    order: int | None = None
    title: str = ""

    def only(self, keys: Collection[UnitKey]) -> Due:
        """The same of these units alone."""
        return replace(self, keys=tuple(key for key in self.keys if key in keys))


class HeldUp(KnowledgeError):
    """Something forbids by now what was scheduled."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__("\n".join(dict.fromkeys(one.problem for one in obstacles)))


def due(tx: Connection, now: datetime) -> list[Due]:
    """What was scheduled for now or before and may still be published; an order waits until all of it may be."""
    alone = (draft_table.c.publish_at <= now) & (draft_table.c.state == APPROVED) & draft_table.c.order_id.is_(None)
    by: dict[tuple[datetime, datetime, str], list[UnitKey]] = defaultdict(list)
    for draft in draft_store.drafts_where(tx, alone):
        assert draft.publish_at is not None
        account, at = _scheduled(tx, draft)
        by[draft.publish_at, at, account].append(draft.key)
    found = [Due(tuple(keys), account, moment) for (moment, _, account), keys in by.items()]
    waiting = (change_orders.c.publish_at <= now) & (change_orders.c.state == orders.OPEN)
    columns = (change_orders.c.id, change_orders.c.title, change_orders.c.publish_at)
    for order in tx.execute(select(*columns).where(waiting)).all():
        drafts = orders.drafts_of(tx, order.id)
        if drafts and not waits_for(tx, drafts):
            keys, (account, _) = tuple(draft.key for draft in drafts), _scheduled(tx, drafts[0])
            found.append(Due(keys, account, order.publish_at, order.id, order.title))
    return sorted(found, key=lambda one: (one.moment, one.keys))


def waits_for(tx: Connection, drafts: Sequence[Draft]) -> dict[UnitKey, str]:
    """Of the drafts of a scheduled order, those that hold it up: UNREVIEWED, or CHANGED since it was scheduled."""
    found = {}
    for draft in drafts:
        if draft.state != APPROVED:
            found[draft.key] = UNREVIEWED
        elif not _as_scheduled(tx, draft):
            found[draft.key] = CHANGED
    return found


def publish_due(tx: Connection, one: Due, report: Report, now: datetime) -> Release:
    """Publish what is due. What was consented to when it was scheduled holds; what has come since must be looked at.

    Args:
        report: what content tests say of it.

    Raises:
        Overtaken: the report is about another release or other drafts, or the order holds others; test again.
        HeldUp: something forbids it by now.
        EditingError: somebody was quicker.
    """
    releases.lock(tx)
    require_whole(tx, one.keys, one.order)
    found = [publishable(tx, key, None, one.order) for key in one.keys]
    moves = releases.pending_moves(tx, one.keys)
    if not report.covers(releases.current(tx), moves) or not _still_so(tx, one, found):
        raise Overtaken("report_outdated")
    if against := obstacles(tx, moves, report, now):
        raise HeldUp(against)
    detail = {"scheduled": True, "tests": report.detail(one.account)}
    made = release(tx, found, one.account, one.title, now, one.order, detail, strict=False)
    content_tests.note_passed(tx, [one.test.id for one in report.outcomes if one.passed], made.number)
    return made


def divided(one: Due, found: HeldUp) -> tuple[list[tuple[Due, str]], list[Due]]:
    """What of it is held up, with the reasons, and what else is to be tried again. A change order goes out whole."""
    if one.order is not None or len(one.keys) == 1:
        return [(one, str(found))], []
    if not all(obstacle.units for obstacle in found.obstacles):
        return [], [one.only([key]) for key in one.keys]  # which of them is at fault shows when each goes alone
    against = {key: [each.problem for each in found.obstacles if key in each.units] for key in one.keys}
    held = [(one.only([key]), "\n".join(problems)) for key, problems in against.items() if problems]
    rest = one.only([key for key, problems in against.items() if not problems])
    return held, [rest] if rest.keys else []


def unschedule(tx: Connection, one: Due, why: str, now: datetime) -> list[Draft]:
    """What could not be published at its time waits for somebody who looks at it; the trail says why.

    Returns:
        The drafts of which that is so: none where somebody has looked already.
    """
    releases.lock(tx)
    found = [draft for key in one.keys if (draft := draft_store.draft(tx, key)) is not None]
    if not _still_so(tx, one, found):
        return []
    for draft in found:
        draft_store.move(tx, draft.key, draft.revision, seen=draft, publish_at=None)
        note(
            tx, draft.key, draft.revision, UNSCHEDULED, one.account, now, comment=why, step=draft.step, order=one.order
        )
        audit.record(tx, one.account, "kb.unschedule", str(draft.key), {"why": why}, now)
    if one.order is not None:
        tx.execute(update(change_orders).where(change_orders.c.id == one.order).values(publish_at=None))
    return found


def _still_so(tx: Connection, one: Due, found: Sequence[Draft]) -> bool:
    """Whether it is scheduled for that moment still."""
    if one.order is not None:
        return orders.get(tx, one.order).publish_at == one.moment
    return all(draft.publish_at == one.moment for draft in found)


def _scheduled(tx: Connection, draft: Draft) -> tuple[str, datetime]:
    """Who scheduled a draft, and when: what they scheduled at once is published at once."""
    steps = (step for step in round_of(tx, draft.key) if step.verdict in (SCHEDULED, PASSED))
    step = next(steps, None)
    return (draft.account, draft.updated_at) if step is None else (step.account, step.at)


def _as_scheduled(tx: Connection, draft: Draft) -> bool:
    """Whether a draft of an order is what it was when the order was scheduled: neither written anew nor added since."""
    since = (step for step in round_of(tx, draft.key) if step.verdict in (SCHEDULED, SAVED, SUBMITTED))
    step = next(since, None)
    # What was scheduled by itself, or with another order, was not scheduled with this one.
    return step is not None and step.verdict == SCHEDULED and step.order == draft.order


def _coming(moment: datetime, now: datetime) -> None:
    if moment <= now:
        raise Unfit("past")
