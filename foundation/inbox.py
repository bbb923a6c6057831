"""The inbox: every accepted message of a citizen, until its turn is done.

Claiming a conversation's next row is the lock on that conversation: only its oldest row that is not done can
be claimed, and only while no other row of it is held. A claim is a lease with a fencing number; a worker whose lease
was taken over cannot finish (`LeaseLost`), so its whole turn rolls back.

Messaging platforms post a message again when they get no answer in time: `attempts` counts that. Until `passive_until`
the newest of these requests is open and may carry the replies; the delivery loop waits for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection

from foundation.cipher import Cipher
from foundation.database import Instant, metadata
from foundation.deadlines import lapsed
from foundation.errors import LeaseLost, VaultError
from foundation.prepared import Prepared

WAITING, CLAIMED, DONE = "waiting", "claimed", "done"
OPEN_FOR = timedelta(minutes=1)
"""No platform's request stays open longer: a `passive_until` further ahead is from a clock that was wrong."""
ASKED_FOR = timedelta(minutes=1)
"""Platforms post a message three times within a quarter of a minute. What comes again later than this is a callback
that somebody kept: its signature is good for ever."""

AHEAD = timedelta(hours=1)
"""A lease that ends later than its span and this is from a clock that was wrong."""

RowId = BigInteger().with_variant(Integer(), "sqlite")

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("conversation", String(200), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("message_id", String(128)),
    Column("body", LargeBinary),
    Column("state", String(16), nullable=False, default=WAITING),
    Column("fence", Integer, nullable=False, default=0),
    Column("worker", String(80)),
    Column("lease_until", Instant),
    Column("received_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("attempts", Integer, nullable=False, default=1, server_default="1"),
    Column("attempted_at", Instant),
    Column("passive_until", Instant),
    UniqueConstraint("conversation", "message_id"),
    Index("ix_inbox_state_conversation_id", "state", "conversation", "id"),
    sqlite_autoincrement=True,  # ids are an order: SQLite must not give an erased one out again
)


UNDONE = literal_column("'waiting'"), literal_column("'claimed'")
"""For `in_`: of values given as such SQLAlchemy writes a statement's text anew at each execution."""

_other = inbox.alias("other")
_LAPSED = lapsed(inbox.c.lease_until, bindparam("now", type_=Instant), bindparam("furthest", type_=Instant))
_HELD_UP = exists().where(
    _other.c.conversation == inbox.c.conversation,
    _other.c.state.in_(UNDONE),
    or_(_other.c.id < inbox.c.id, and_(_other.c.id > inbox.c.id, _other.c.state == CLAIMED)),
)
"""By an earlier message of the conversation, or by a later one that somebody holds."""

# Made once: putting a statement together costs more than SQLite takes to answer it.
_FREE = and_(inbox.c.state.in_(UNDONE), or_(inbox.c.state == WAITING, _LAPSED), ~_HELD_UP)
_NEXT = select(inbox).where(_FREE).order_by(inbox.c.id).limit(bindparam("most")).with_for_update(skip_locked=True)
_ANY_FREE = Prepared(select(inbox.c.id).where(_FREE).limit(1))
_TAKE = update(inbox).where(inbox.c.id == bindparam("row"))
_ACCEPT = Prepared(insert(inbox))
_IN_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended(:c, 0))")
_POST = (
    select(inbox.c.id, inbox.c.attempts, inbox.c.attempted_at, inbox.c.received_at, inbox.c.passive_until)
    .where(inbox.c.conversation == bindparam("of"), inbox.c.message_id == bindparam("name"))
    .with_for_update()
)
_KNOWN = Prepared(
    select(inbox.c.id).where(inbox.c.conversation == bindparam("of"), inbox.c.message_id == bindparam("name"))
)
_OWN = (inbox.c.id == bindparam("row")) & (inbox.c.fence == bindparam("held")) & (inbox.c.state == CLAIMED)
_CHANGE = Prepared(update(inbox).where(_OWN))


@dataclass(frozen=True)
class Incoming:
    """A masked message on its way to a turn. `metadata` is the channel's own, plain JSON."""

    conversation: str
    channel: str
    text: str
    message_id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    unreadable: bool = False
    """None of our keys opens it, or it was altered: of what was written nothing is known."""


@dataclass(frozen=True)
class Accepted:
    """A message in the inbox.

    `attempt` counts the platform's posts of it from 1, this one included; `silence` is the time since the one before,
    in seconds. `late`: this post is none of the platform's, see ASKED_FOR; it counts for nothing, and gets no answer.
    """

    id: int
    duplicate: bool
    attempt: int = 1
    silence: float = 0.0
    late: bool = False


@dataclass(frozen=True)
class Claim:
    """One message held by one worker until `lease_until`; `fence` counts the claims of this row from 1, those that were
    given back uncounted left out."""

    id: int
    fence: int
    message: Incoming
    received_at: datetime


class Inbox:
    """Operations on the inbox. Each takes the caller's transaction; none opens its own."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def accept(
        self,
        tx: Connection,
        message: Incoming,
        now: datetime,
        passive_until: datetime | None = None,
        answered: bool = False,
    ) -> Accepted:
        """Store a message, once: a platform's re-post of the same message id is a duplicate of the first.

        Args:
            passive_until: the request that brought it stays open until then and may carry the answer.
            answered: no turn is to be run for it; the caller stores its replies.
        """
        if tx.dialect.name == "postgresql":
            # Rows of one conversation become visible in the order of their ids. And from here on nobody else stores
            # the same re-post: on SQLite there is only one writer anyway.
            tx.execute(_IN_ORDER, {"c": message.conversation})
        if message.message_id is not None and (known := self._again(tx, message, now, passive_until)) is not None:
            return known
        body = json.dumps({"text": message.text, "metadata": message.metadata})  # ASCII: broken surrogates survive
        values = {
            "conversation": message.conversation,
            "channel": message.channel,
            "message_id": message.message_id,
            "body": None if answered else self._cipher.encrypt(body, f"inbox:{message.conversation}"),
            "state": DONE if answered else WAITING,
            "fence": 0,
            "received_at": now,
            "done_at": now if answered else None,
            "attempts": 1,
            "attempted_at": now,
            "passive_until": passive_until,
        }
        return Accepted(_ACCEPT.insert(tx, values), duplicate=False)

    def knows(self, tx: Connection, conversation: str, message_id: str) -> bool:
        """Whether a message is stored already."""
        return bool(_KNOWN.rows(tx, {"of": conversation, "name": message_id}))

    def is_open(self, tx: Connection, conversation: str) -> bool:
        """Whether a message of a conversation is not done."""
        mine = and_(inbox.c.conversation == conversation, inbox.c.state.in_(UNDONE))
        return tx.execute(select(inbox.c.id).where(mine).limit(1)).first() is not None

    def claim(self, tx: Connection, worker: str, now: datetime, lease: timedelta) -> Claim | None:
        """Take the oldest message whose conversation nobody holds; None when there is none."""
        return next(iter(self.claim_some(tx, worker, now, lease, 1)), None)

    def claim_some(self, tx: Connection, worker: str, now: datetime, lease: timedelta, most: int) -> list[Claim]:
        """Take the oldest messages whose conversations nobody holds, at most so many: of each conversation one."""
        rows = tx.execute(_NEXT, {"now": now, "furthest": now + lease + AHEAD, "most": most}).all()
        if rows:
            taken = {"state": CLAIMED, "worker": worker, "lease_until": now + lease}
            tx.execute(_TAKE, [{"row": row.id, "fence": row.fence + 1, **taken} for row in rows])
        return [self._claimed(row) for row in rows]

    def renew(self, tx: Connection, claim: Claim, until: datetime) -> None:
        """Prolong the lease of a turn that takes long. Raises LeaseLost when it was taken over."""
        self._own(tx, claim, lease_until=until)

    def finish(self, tx: Connection, claim: Claim, now: datetime) -> None:
        """Mark the message done and erase its text. Raises LeaseLost when another worker has it."""
        self._own(tx, claim, state=DONE, body=None, done_at=now, lease_until=None)

    def release(self, tx: Connection, claim: Claim, counted: bool = True) -> None:
        """Give a message back undone. Not `counted`: the claim is as if it had never been, because what failed was not
        the message. Raises LeaseLost when another worker has it, or it is done.
        """
        self._own(tx, claim, state=WAITING, lease_until=None, fence=claim.fence if counted else claim.fence - 1)

    def release_worker(self, tx: Connection, worker: str) -> int:
        """Give back all that a dead worker held, so that nobody waits for its leases to run out."""
        held = update(inbox).where(inbox.c.worker == worker, inbox.c.state == CLAIMED)
        return tx.execute(held.values(state=WAITING, lease_until=None)).rowcount

    @staticmethod
    def any_free(tx: Connection, now: datetime, lease: timedelta) -> bool:
        """Whether there is a message to claim, as far as can be told without a lock."""
        return bool(_ANY_FREE.rows(tx, {"now": now, "furthest": now + lease + AHEAD}))

    @staticmethod
    def waiting(tx: Connection) -> int:
        """How many messages are not done."""
        query = select(func.count()).select_from(inbox).where(inbox.c.state.in_(UNDONE))
        return tx.execute(query).scalar_one()

    def _claimed(self, row: Any) -> Claim:
        try:
            body = json.loads(self._cipher.decrypt(row.body or b"", f"inbox:{row.conversation}"))
            message = Incoming(row.conversation, row.channel, body["text"], row.message_id, body.get("metadata", {}))
        except (VaultError, ValueError):  # whoever claims it has to end it: nobody behind it would have a turn
            message = Incoming(row.conversation, row.channel, "", row.message_id, unreadable=True)
        return Claim(row.id, row.fence + 1, message, row.received_at)

    def _own(self, tx: Connection, claim: Claim, **values: Any) -> None:
        if _CHANGE.change(tx, {"row": claim.id, "held": claim.fence, **values}) != 1:
            raise LeaseLost(f"inbox row {claim.id} was taken over by another worker")

    def _again(
        self, tx: Connection, message: Incoming, now: datetime, passive_until: datetime | None
    ) -> Accepted | None:
        """Count another post of a message that is stored already; None when it is not."""
        row = tx.execute(_POST, {"of": message.conversation, "name": message.message_id}).first()
        if row is None:
            return None
        attempt = row.attempts + 1
        if now - row.received_at > ASKED_FOR:
            return Accepted(row.id, duplicate=True, attempt=attempt, late=True)
        values = {"attempts": attempt, "attempted_at": now, "passive_until": passive_until or row.passive_until}
        tx.execute(_TAKE, {"row": row.id, **values})
        silence = (now - (row.attempted_at or row.received_at)).total_seconds()
        return Accepted(row.id, duplicate=True, attempt=attempt, silence=max(silence, 0.0))


def awaited(now: Any, longest: Any) -> Any:
    """Whether a request that may carry the replies to a message is open; `longest` is now + OPEN_FOR."""
    return and_(inbox.c.passive_until > now, inbox.c.passive_until <= longest)
