"""What is still to be sent of alerts: a message for each alert and address, an outbox of its own.

pending ── sending ─┬─ sent
   └────────────────┴─ dead   (refused, or tried for too long)

Whoever sends takes the row for a while first. One that dies between the call and its confirmation leaves the row to be
taken again: at most one message more for each death.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Connection

from foundation.deadlines import over
from insights.warning.tables import alert_messages

PENDING, SENDING, SENT, DEAD = "pending", "sending", "sent", "dead"
WEBHOOK, WECOM = "webhook", "wecom"
PAUSE = timedelta(hours=1)
"""More than ever lies between two tries."""
columns = alert_messages.c


@dataclass(frozen=True)
class Message:
    id: int
    alert: int
    address: str
    key: str
    state: str
    attempts: int
    next_at: datetime
    problem: str | None
    sent_at: datetime | None


def add(tx: Connection, alert: int, addresses: Collection[str], now: datetime) -> None:
    """Have an alert sent to each address, once."""
    for address in sorted(set(addresses)):
        values = {"alert": alert, "address": address, "key": token_hex(16), "state": PENDING, "attempts": 0}
        tx.execute(insert(alert_messages).values(**values, next_at=now))


def due(tx: Connection, now: datetime) -> bool:
    """Whether anything is to be sent."""
    return tx.execute(select(columns.id).where(_ready(now)).limit(1)).first() is not None


def take(tx: Connection, now: datetime, span: timedelta) -> Message | None:
    """The message that has waited longest, for `span` nobody else's; None: there is none."""
    query = select(alert_messages).where(_ready(now)).order_by(columns.next_at, columns.id).limit(1)
    row = tx.execute(query.with_for_update(skip_locked=True)).mappings().first()
    if row is None:
        return None
    taken = {"state": SENDING, "attempts": row["attempts"] + 1, "next_at": now + span}
    tx.execute(update(alert_messages).where(columns.id == row["id"]).values(taken))
    return Message(**{**row, **taken})


def sent(tx: Connection, one: Message, now: datetime) -> bool:
    """It has arrived. False: somebody else has gone on with it."""
    return _change(tx, one, state=SENT, sent_at=now, problem=None)


def failed(tx: Connection, one: Message, problem: str, next_at: datetime | None) -> bool:
    """It has not, as far as is known; try again at `next_at`, or never. False as above."""
    return _change(tx, one, state=PENDING if next_at else DEAD, next_at=next_at or one.next_at, problem=problem)


def of_alert(tx: Connection, alert: int) -> Sequence[Message]:
    query = select(alert_messages).where(columns.alert == alert).order_by(columns.address)
    return [Message(**row) for row in tx.execute(query).mappings()]


def _ready(now: datetime) -> object:
    return and_(columns.state.in_((PENDING, SENDING)), over(columns.next_at, now, PAUSE))


def _change(tx: Connection, one: Message, **values: object) -> bool:
    as_taken = and_(columns.id == one.id, columns.state == SENDING, columns.attempts == one.attempts)
    return bool(tx.execute(update(alert_messages).where(as_taken).values(values)).rowcount)
