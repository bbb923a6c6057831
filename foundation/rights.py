"""Requests of citizens about their own data (个人信息保护法第四十五条, 第四十七条), from receipt to outcome.

copy     open ─────────────────────────────────── done
erasure  open ─ proposed, by one person ─┬─────── done, by another person
         confirmed, by the citizen ──────┘  (in their own conversation: nobody else need agree)
either   … ──────────────────────────────────────  refused, with the reason
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Index, String, Table, Text, insert, select, update
from sqlalchemy.engine import Connection

from foundation import audit, erasure, erasures, retention
from foundation.calendar import WorkCalendar, add_natural_days
from foundation.cipher import Cipher
from foundation.clock import CHINA
from foundation.database import Instant, Json, metadata
from foundation.errors import ZhengwuError
from foundation.inbox import RowId

COPY, ERASURE = "copy", "erasure"
OPEN, PROPOSED, CONFIRMED, DONE, REFUSED = "open", "proposed", "confirmed", "done", "refused"
UNFINISHED = (OPEN, PROPOSED, CONFIRMED)
CHAT, CONSOLE = "chat", "console"
"""Where a request came from: the citizen's own conversation, or a member of staff took it down."""
WORKING_DAYS, DAYS = 15, 21
"""Within which a request is to be answered; the second where the calendar is not known so far."""
LONGEST_REASON = 200

rights_requests = Table(
    "rights_requests",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # NULL: erased. The digest is the one that the list of erasures has.
    Column("conversation", String(200)),
    Column("digest", String(64), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("way", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("received_by", String(80), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("proposed_by", String(80)),
    Column("done_at", Instant),
    Column("done_by", String(80)),
    Column("reason", Text, nullable=False, default=""),
    # Store → rows that were erased.
    Column("counts", Json, nullable=False),
    Index("ix_rights_requests_state_due_on", "state", "due_on"),
    Index("ix_rights_requests_conversation", "conversation"),
)


@dataclass(frozen=True)
class Request:
    id: int
    kind: str
    state: str
    conversation: str | None
    digest: str
    channel: str
    way: str
    received_at: datetime
    received_by: str
    due_on: date
    proposed_by: str | None
    done_at: datetime | None
    done_by: str | None
    reason: str
    counts: dict[str, int]

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED

    def overdue(self, now: datetime) -> bool:
        return self.unfinished and self.due_on < now.astimezone(CHINA).date()


class RightsError(ZhengwuError):
    """`key` is one word for what is refused: gone, state, same_person, reason."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the request cannot be dealt with so: {key}")
        self.key = key


def receive(
    tx: Connection, cipher: Cipher, kind: str, conversation: str, way: str, account: str, now: datetime,
    calendar: WorkCalendar,
) -> Request:  # fmt: skip
    """Take a request down; of somebody who has asked for the same already it is that one."""
    mine = (rights_requests.c.conversation == conversation) & (rights_requests.c.kind == kind)
    known = tx.execute(select(rights_requests.c.id).where(mine, rights_requests.c.state.in_(UNFINISHED))).scalar()
    if known is not None:
        return read(tx, known)
    today = now.astimezone(CHINA).date()
    digest = erasures.digest_of(cipher, conversation)
    values = {
        "kind": kind,
        "state": OPEN,
        "conversation": conversation,
        "digest": digest,
        "channel": conversation.partition(":")[0],
        "way": way,
        "received_at": now,
        "received_by": account,
        "due_on": calendar.add_working_days(today, WORKING_DAYS) or add_natural_days(today, DAYS),
        "reason": "",
        "counts": {},
    }
    number = int(tx.execute(insert(rights_requests).values(values)).inserted_primary_key[0])
    _audit(tx, account, "privacy.request", digest, {"kind": kind, "number": number}, now)
    return read(tx, number)


def read(tx: Connection, number: int, lock: bool = False) -> Request:
    """A request by its number. Raises RightsError: there is none."""
    query = select(rights_requests).where(rights_requests.c.id == number)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise RightsError("gone")
    return Request(**row)


def listed(tx: Connection, finished: bool, limit: int = 200) -> list[Request]:
    """Requests that are not finished, the most urgent first; or those that are, the latest first."""
    state = rights_requests.c.state.in_(UNFINISHED)
    query = select(rights_requests).where(~state if finished else state)
    order = rights_requests.c.done_at.desc() if finished else rights_requests.c.due_on
    rows = tx.execute(query.order_by(order, rights_requests.c.id.desc()).limit(limit)).mappings()
    return [Request(**row) for row in rows]


def of_conversation(tx: Connection, conversation: str) -> list[Request]:
    """Requests of one citizen that are not finished, the latest first."""
    mine = (rights_requests.c.conversation == conversation) & rights_requests.c.state.in_(UNFINISHED)
    rows = tx.execute(select(rights_requests).where(mine).order_by(rights_requests.c.id.desc())).mappings()
    return [Request(**row) for row in rows]


def confirmed(tx: Connection, limit: int = 20) -> list[Request]:
    """Erasures that citizens have confirmed and that are not done yet, the oldest first."""
    query = select(rights_requests).where(rights_requests.c.state == CONFIRMED).order_by(rights_requests.c.id)
    return [Request(**row) for row in tx.execute(query.limit(limit)).mappings()]


def confirm(tx: Connection, number: int, now: datetime) -> None:
    """The citizen, in their own conversation, wants to be erased indeed."""
    request = read(tx, number, lock=True)
    _require(request, ERASURE, (OPEN, PROPOSED))
    _change(tx, number, state=CONFIRMED, proposed_by=erasures.CITIZEN)
    _audit(tx, erasures.CITIZEN, "privacy.confirm", request.digest, {"number": number}, now)


def propose(tx: Connection, number: int, account: str, now: datetime) -> None:
    """A member of staff has looked into an erasure; another must agree."""
    request = read(tx, number, lock=True)
    _require(request, ERASURE, (OPEN,))
    _change(tx, number, state=PROPOSED, proposed_by=account)
    _audit(tx, account, "privacy.propose", request.digest, {"number": number}, now)


def erase(tx: Connection, cipher: Cipher, number: int, account: str, now: datetime) -> Request:
    """Carry out an erasure that was proposed by somebody else, or confirmed by the citizen.

    Raises:
        RightsError: `same_person`, or it is in another state.
    """
    request = read(tx, number, lock=True)
    _require(request, ERASURE, (PROPOSED, CONFIRMED))
    if request.state == PROPOSED and request.proposed_by == account:
        raise RightsError("same_person")
    counts = {} if request.conversation is None else erasures.erase(
        tx, cipher, request.conversation, account, erasures.ASKED, now
    )  # fmt: skip
    _change(tx, number, state=DONE, done_by=account, done_at=now, counts={k: n for k, n in counts.items() if n})
    return read(tx, number)


def copied(tx: Connection, number: int, account: str, now: datetime) -> None:
    """The citizen has been given their copy."""
    request = read(tx, number, lock=True)
    _require(request, COPY, (OPEN,))
    _change(tx, number, state=DONE, done_by=account, done_at=now)
    _audit(tx, account, "privacy.handed_over", request.digest, {"number": number}, now)


def refuse(tx: Connection, number: int, account: str, reason: str, now: datetime) -> None:
    """A request that is not followed, as when nobody can tell that it is the citizen's own; the law wants a reason."""
    request = read(tx, number, lock=True)
    _require(request, request.kind, (OPEN, PROPOSED))
    if not reason.strip():
        raise RightsError("reason")
    values = {"state": REFUSED, "done_by": account, "done_at": now, "reason": reason.strip()[:LONGEST_REASON]}
    _change(tx, number, **values)
    _audit(tx, account, "privacy.refuse", request.digest, {"number": number}, now)


def _require(request: Request, kind: str, states: tuple[str, ...]) -> None:
    if request.kind != kind or request.state not in states:
        raise RightsError("state")


def _change(tx: Connection, number: int, **values: Any) -> None:
    tx.execute(update(rights_requests).where(rights_requests.c.id == number).values(values))


def _audit(tx: Connection, account: str, action: str, digest: str, detail: dict[str, Any], now: datetime) -> None:
    audit.record(tx, account, action, erasures.subject_of(digest), detail, now)


def _cut_off(tx: Connection, conversation: str) -> int:
    mine = update(rights_requests).where(rights_requests.c.conversation == conversation)
    return int(tx.execute(mine.values(conversation=None)).rowcount)


def _export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
    query = select(rights_requests).where(rights_requests.c.conversation == conversation)
    found = [Request(**row) for row in tx.execute(query.order_by(rights_requests.c.id)).mappings()]
    return [
        {"kind": one.kind, "state": one.state, "received_at": one.received_at.isoformat(), "due_on": str(one.due_on)}
        for one in found
    ]


erasure.register("rights_requests", _cut_off, _export)
retention.register("rights_requests", retention.of_table(rights_requests, rights_requests.c.done_at, in_order=False))
