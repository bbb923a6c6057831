"""Change orders 变更单: what one new notice changes, reviewed, published and taken back together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.errors import EditingError, Forbidden, Missing, Overtaken, WrongState
from knowledge_base.editing.review import existing
from knowledge_base.editing.scope import require_within
from knowledge_base.editing.tables import change_orders
from knowledge_base.editing.trail import PUBLISHED as STEP_PUBLISHED
from knowledge_base.editing.trail import Step, of_order
from knowledge_base.model import UnitKey
from knowledge_base.store import drafts as draft_store
from knowledge_base.store import releases
from knowledge_base.store.drafts import DRAFT, IN_REVIEW, Draft
from knowledge_base.store.releases import Release
from knowledge_base.store.tables import drafts as draft_table

OPEN, PUBLISHED, WITHDRAWN, DROPPED = "open", "published", "withdrawn", "dropped"


@dataclass(frozen=True)
class Order:
    """`notice` is what asks for the change: title, number, issuer, url, date. `publish_at`: when it begins to hold."""

    id: int
    title: str
    notice: dict[str, Any]
    department: str
    state: str
    account: str
    created_at: datetime
    publish_at: datetime | None
    release: int | None
    """The release that brought it, and the one that took it back."""
    withdrawn_release: int | None


def create(tx: Connection, title: str, notice: dict[str, Any], department: str, account: str, now: datetime) -> Order:
    """Open a change order."""
    values = {"title": title, "notice": notice, "department": department, "state": OPEN}
    row = insert(change_orders).values(values | {"account": account, "created_at": now})
    id = int(tx.execute(row).inserted_primary_key[0])
    audit.record(tx, account, "kb.order.open", f"order:{id}", {"title": title}, now)
    return get(tx, id)


def get(tx: Connection, id: int) -> Order:
    """Raises Missing: there is no such change order."""
    row = tx.execute(select(change_orders).where(change_orders.c.id == id)).mappings().first()
    if row is None:
        raise Missing("order_unknown")
    return Order(**row)


def get_within(tx: Connection, id: int, department: str | None) -> Order:
    """A change order that somebody of a department (None: of the whole office) sees and handles.

    Raises:
        Missing: there is none as far as they know: it is another department's, or a draft in it is.
    """
    order = get(tx, id)
    if department is not None and order.department not in ("", department):
        raise Missing("order_unknown")
    for draft in drafts_of(tx, id):
        try:
            require_within(tx, draft.key, department)
        except EditingError:
            raise Missing("order_unknown") from None
    return order


def get_open(tx: Connection, id: int, department: str | None) -> Order:
    """The same of one that drafts may still be put into. Raises WrongState: it is done with; Missing."""
    get_within(tx, id, department)
    return _open(tx, id)


def listing(tx: Connection, department: str | None, limit: int = 200) -> list[Order]:
    """The change orders of a department (None: all), the newest first."""
    query = select(change_orders).order_by(change_orders.c.id.desc()).limit(limit)
    if department is not None:
        query = query.where(change_orders.c.department.in_(("", department)))
    return [Order(**row) for row in tx.execute(query).mappings()]


def drafts_of(tx: Connection, id: int) -> list[Draft]:
    """The drafts that belong to a change order."""
    return draft_store.drafts_where(tx, draft_table.c.order_id == id)


def published_of(tx: Connection, id: int) -> list[Step]:
    """What a change order changed when it was published: the last step of each of its units."""
    steps = {step.key: step for step in of_order(tx, id, STEP_PUBLISHED)}
    return list(steps.values())


def put(tx: Connection, id: int, keys: list[UnitKey], department: str | None, account: str, now: datetime) -> None:
    """Put drafts into an open change order.

    What has been submitted stays outside: it was read, and perhaps scheduled, as something that goes out by itself.

    Args:
        department: that of the account; None: the whole office.

    Raises:
        Missing: there is no such order, as far as that department knows, or no such draft.
        Forbidden: a unit is another department's than the account, or than the order, which its own people could then
            not see any more.
        WrongState: the order is done with, or a draft has been submitted or belongs to another order.
        Overtaken: somebody has just moved one of them.
    """
    draft_store.share_lock(tx)
    get_within(tx, id, department)
    order = _held(tx, id)
    for key in sorted(keys):
        require_within(tx, key, department)
        try:
            require_within(tx, key, order.department or None)
        except EditingError:
            raise Forbidden("order_other", title=order.title, department=order.department) from None
        draft = existing(tx, key)
        if draft.state != DRAFT:
            raise WrongState("in_review" if draft.state == IN_REVIEW else "passed_review")
        if draft.order not in (None, id):
            raise WrongState("in_another", title=get(tx, draft.order).title)
        _move(tx, draft, id)
    for key in sorted(keys):
        audit.record(tx, account, "kb.order.put", str(key), {"order": id}, now)


def take_out(tx: Connection, id: int, key: UnitKey, account: str, now: datetime) -> None:
    """Take a draft out of a change order; it stays a draft.

    Raises:
        WrongState: the order is done with.
        Missing: there is no such draft.
        Overtaken: somebody has just moved it.
    """
    _held(tx, id)
    draft = existing(tx, key)
    if draft.order == id:
        _move(tx, draft, None)
        audit.record(tx, account, "kb.order.take_out", str(key), {"order": id}, now)


def done(tx: Connection, id: int, release: int) -> None:
    """Mark an order published."""
    tx.execute(update(change_orders).where(change_orders.c.id == id).values(state=PUBLISHED, release=release))


def drop(tx: Connection, id: int, account: str, now: datetime) -> None:
    """Give an open change order up; its drafts stay, each by itself."""
    _held(tx, id)
    tx.execute(update(draft_table).where(draft_table.c.order_id == id).values(order_id=None))
    tx.execute(update(change_orders).where(change_orders.c.id == id).values(state=DROPPED))
    audit.record(tx, account, "kb.order.drop", f"order:{id}", None, now)


def take_back(tx: Connection, id: int, account: str, note: str, now: datetime) -> Release:
    """Give every unit of a published order back what it was before: one release, all or none.

    Raises:
        WrongState: it is not published, or a unit has been changed since (the text names them).
    """
    releases.lock(tx)
    order = get(tx, id)
    if order.state != PUBLISHED or order.release is None:
        raise WrongState("order_unpublished", title=order.title)
    steps = published_of(tx, id)
    stand = draft_store.published(tx, [step.key for step in steps])
    if moved_on := [str(step.key) for step in steps if stand.get(step.key) != step.revision]:
        raise WrongState("order_moved_on", units="、".join(moved_on))
    release = releases.give_back(tx, [step.key for step in steps], order.release - 1, account, note, now)
    gone = {"state": WITHDRAWN, "withdrawn_release": release.number}
    tx.execute(update(change_orders).where(change_orders.c.id == id).values(gone))
    audit.record(tx, account, "kb.order.take_back", f"order:{id}", {"release": release.number}, now)
    return release


def _open(tx: Connection, id: int) -> Order:
    order = get(tx, id)
    if order.state != OPEN:
        raise WrongState("order_shut", title=order.title)
    return order


def _held(tx: Connection, id: int) -> Order:
    """An order that is open, and stays so until this transaction is over."""
    draft_store.share_lock(tx)
    # Not FOR UPDATE: drafts of the order are saved meanwhile, and their foreign key would wait for it.
    tx.execute(select(change_orders.c.id).where(change_orders.c.id == id).with_for_update(key_share=True))
    return _open(tx, id)


def _move(tx: Connection, draft: Draft, order: int | None) -> None:
    if not draft_store.move(tx, draft.key, draft.revision, seen=draft, order_id=order):
        raise Overtaken("changed")
