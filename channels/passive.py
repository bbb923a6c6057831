"""Who answers: the open request that brought a message, or the delivery loop. Never both.

A platform's request may carry the reply to it, while it is open. The newest request of a message claims the rows of
its turn; the loop claims what no open request waits for. Both do so in the outbox, so it holds between processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from channels import conversations
from channels.conversations import Body
from foundation import outbox
from foundation.inbox import OPEN_FOR, Accepted, awaited, inbox
from foundation.outbox import OPEN, Reply

AGAIN = 4.5
"""A request that comes so many seconds after the one before says that the platform did not get its answer."""
OWED_FOR = timedelta(hours=48)


def take(
    tx: Connection,
    accepted: Accepted,
    replies: Sequence[Reply] | None,
    rest: Sequence[Sequence[Body]],
    now: datetime,
) -> bool:
    """Claim replies for the open request `accepted`: see Gateway.take."""
    query = select(inbox.c.attempts, inbox.c.conversation).where(inbox.c.id == accepted.id).with_for_update()
    row = tx.execute(query).first()
    if row is None or row.attempts != accepted.attempt:
        return False
    given = outbox.replies_to(tx, accepted.id) if replies is None else list(replies)
    if not given:
        return False
    ids = [reply.id for reply in given]
    table = outbox.outbox.c
    earlier = (table.conversation == row.conversation) & (table.id <= max(ids)) & table.state.in_(OPEN)
    if set(tx.execute(select(table.id).where(earlier)).scalars()) != set(ids):
        return False
    if not outbox.claim(tx, ids, outbox.PASSIVE, now):
        return False
    conversations.keep_rest(tx, row.conversation, given, rest, now)
    return True


def leave(tx: Connection, accepted: Accepted) -> None:
    """This request carries no reply; unless a newer one is open, nobody waits any more."""
    newest = (inbox.c.id == accepted.id) & (inbox.c.attempts == accepted.attempt)
    tx.execute(update(inbox).where(newest).values(passive_until=None))


def owed(tx: Connection, conversation: str, now: datetime) -> list[Reply]:
    """Replies that the citizen does not have and no open request waits for, oldest first."""
    table = outbox.outbox.c
    recent = or_(table.created_at > now - OWED_FOR, outbox.is_news(now))
    mine = (table.conversation == conversation) & recent & outbox.free(now)
    waiting = select(inbox.c.id).where(inbox.c.conversation == conversation, awaited(now, now + OPEN_FOR))
    return outbox.read(tx, mine, or_(table.inbox_id.is_(None), table.inbox_id.not_in(waiting)))
