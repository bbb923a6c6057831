"""诉求: complaints, suggestions, reports, requests for help and praise, from their filing to their end.

registered ─ forwarded ─ in_hand ─┬─ answered   (from here it may be taken up again)
                                  ├─ not_ours   (nor from here is it the end)
                                  └─ withdrawn

What the staff does to a case is in desk/case_handling.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection

from desk import case_deliveries, case_private, changes
from desk.case_private import Private
from desk.case_rules import KINDS, REPORT
from desk.case_tables import case_events, cases, readable
from foundation.cipher import Cipher
from foundation.clock import CHINA

REGISTERED, FORWARDED, IN_HAND = "registered", "forwarded", "in_hand"
ANSWERED, NOT_OURS, WITHDRAWN = "answered", "not_ours", "withdrawn"
OPEN = (REGISTERED, FORWARDED, IN_HAND)
STATES = (*OPEN, ANSWERED, NOT_OURS, WITHDRAWN)
TOPIC = "cases"
"""Of desk.changes."""
KEPT = timedelta(days=180)
"""For so long after its end a case has a contact: somebody may ask, or it may be taken up again."""
MOST_TEXT, MOST_PLACE = 4000, 500
"""Characters."""


@dataclass(frozen=True)
class Case:
    id: int
    number: str
    conversation: str | None
    """None once the citizen was erased."""
    channel: str
    kind: str
    state: str
    what: str
    place: str
    happened: str
    """When it happened, in the citizen's words."""
    has_contact: bool
    topic_kind: str | None
    topic_id: str | None
    topic_title: str | None
    department: str
    due_on: date | None
    """For the staff: nothing was promised."""
    filed_at: datetime
    closed_at: datetime | None
    version: int
    """Counts the changes, so that two people do not overwrite each other's."""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def hides_who(self) -> bool:
        """Whether contact and conversation are kept from all whom they do not concern."""
        return self.kind == REPORT

    def overdue(self, now: datetime) -> bool:
        return self.open and self.due_on is not None and self.due_on < now.astimezone(CHINA).date()


_COLUMNS = [cases.c[name] for name in Case.__dataclass_fields__]


def file_case(
    tx: Connection, cipher: Cipher, conversation: str, channel: str, data: Mapping[str, Any], now: datetime
) -> Case:
    """File a case; one that this conversation has filed under the same number stays as it is.

    Args:
        data: `number`, `kind`, `what`, `where`, `when`, `department`; `contact` (a token of the vault, or None),
            `due_on` (ISO, or None), `topic` (`{kind, id, title}`, or None), and `forward`, whether an outside system
            is told.

    Raises:
        KeyError, ValueError: something is missing or malformed, or the number is another's.
    """
    number, kind = str(data["number"]), str(data["kind"])
    known = find(tx, number)
    if known is not None and known.conversation == conversation:
        return known
    if known is not None:
        raise ValueError("the number of a case is another's")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of case")
    what, place, happened = str(data["what"]), str(data["where"] or ""), str(data["when"] or "")
    private = case_private.collect(tx, cipher, conversation, data["contact"], iter((what, place, happened)), now)
    topic, due_on = data.get("topic") or {}, data.get("due_on")
    values = {
        "number": number,
        "conversation": conversation,
        "channel": channel,
        "kind": kind,
        "state": REGISTERED,
        "what": what[:MOST_TEXT],
        "place": place[:MOST_PLACE],
        "happened": happened[:MOST_PLACE],
        "has_contact": private.contact is not None,
        "private": private.seal(cipher, number),
        "topic_kind": topic.get("kind"),
        "topic_id": topic.get("id"),
        "topic_title": topic.get("title"),
        "department": str(data["department"])[:80],
        "due_on": date.fromisoformat(due_on) if due_on else None,
        "filed_at": now,
        "version": 1,
    }
    tx.execute(insert(cases).values(values))
    filed = read(tx, number)
    note(tx, filed, "filed", now, detail={"department": filed.department})
    if data.get("forward"):
        case_deliveries.add(tx, filed.id, "filed", now)
    changes.touch(tx, TOPIC)
    return filed


def find(tx: Connection, number: str, lock: bool = False) -> Case | None:
    """The case of a number as case_numbers spells it; None for one that is locked, too."""
    query = select(*_COLUMNS).where(cases.c.number == number, readable())
    found = _read(tx, query.with_for_update() if lock else query)
    return found[0] if found else None


def read(tx: Connection, number: str) -> Case:
    """The case of a number that is known to be one, locked or not."""
    [found] = _read(tx, select(*_COLUMNS).where(cases.c.number == number))
    return found


def of_conversation(tx: Connection, conversation: str, limit: int = 20) -> list[Case]:
    """What a conversation has filed, latest first."""
    query = select(*_COLUMNS).where(cases.c.conversation == conversation)
    return _read(tx, query.order_by(cases.c.id.desc()).limit(limit))


def private_of(tx: Connection, cipher: Cipher, case: Case) -> Private:
    """A case's contact and identifiers. Who may see them is the caller's to know."""
    blob = tx.execute(select(cases.c.private).where(cases.c.id == case.id)).scalar_one()
    return Private.unseal(cipher, case.number, blob)


def search(
    tx: Connection,
    *,
    departments: Sequence[str] | None = None,
    kind: str | None = None,
    state: str | None = None,
    department: str | None = None,
    overdue_on: date | None = None,
    number: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Case]:
    """Cases, latest first, but for those that are locked.

    Args:
        departments: those that may be seen at all; None is every one.
        state: one of STATES, or `open`.
        overdue_on: only what is open and was due before this day.
        before: the id at which the page before ended.
    """
    wanted: list[Any] = [readable()]
    if departments is not None:
        wanted.append(cases.c.department.in_(departments))
    for column, value in ((cases.c.kind, kind), (cases.c.department, department), (cases.c.number, number)):
        if value:
            wanted.append(column == value)
    if state:
        wanted.append(cases.c.state.in_(OPEN) if state == "open" else cases.c.state == state)
    if overdue_on is not None:
        wanted.append(and_(cases.c.state.in_(OPEN), cases.c.due_on < overdue_on))
    if before is not None:
        wanted.append(cases.c.id < before)
    return _read(tx, select(*_COLUMNS).where(*wanted).order_by(cases.c.id.desc()).limit(limit))


@dataclass(frozen=True)
class Event:
    """Something that happened to a case. `account` is None for the citizen and the program."""

    at: datetime
    action: str
    account: str | None
    name: str | None
    text: str
    detail: Mapping[str, Any]


def history(tx: Connection, case: Case) -> list[Event]:
    """What happened to a case, oldest first."""
    names = Event.__dataclass_fields__
    query = select(*(case_events.c[name] for name in names)).where(case_events.c.case_id == case.id)
    return [Event(**row) for row in tx.execute(query.order_by(case_events.c.id)).mappings()]


def note(
    tx: Connection,
    case: Case,
    action: str,
    now: datetime,
    *,
    account: str | None = None,
    name: str | None = None,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Add to a case's history."""
    values = {"case_id": case.id, "at": now, "action": action, "account": account, "name": name, "text": text}
    tx.execute(insert(case_events).values(**values, detail=dict(detail or {}), key=key))


def change(tx: Connection, case: Case, **values: Any) -> Case | None:
    """Change a case that is as it was read; None where somebody else has changed it meanwhile."""
    as_read = and_(cases.c.id == case.id, cases.c.version == case.version)
    if not tx.execute(update(cases).where(as_read).values(**values, version=case.version + 1)).rowcount:
        return None
    changes.touch(tx, TOPIC)
    return read(tx, case.number)


def purge(tx: Connection, now: datetime, kept: timedelta = KEPT) -> int:
    """Delete contact and identifiers of cases that ended long ago, or whose citizen was erased; returns how many."""
    erased = and_(cases.c.closed_at.is_not(None), cases.c.conversation.is_(None))
    over = or_(cases.c.closed_at < now - kept, erased)
    stale = update(cases).where(over, cases.c.private.is_not(None)).values(private=None, has_contact=False)
    return int(tx.execute(stale).rowcount)


def _read(tx: Connection, query: Any) -> list[Case]:
    return [Case(**row) for row in tx.execute(query).mappings()]
