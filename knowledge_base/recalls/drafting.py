"""The life of a recall: drafted by one, sent by another, watched by all.

draft ─┬─ sending ─┬─ sent        everybody was written to, or cannot be
       │           └─ withdrawn   stopped: who was not written to yet is not
       └─ withdrawn
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Connection

from foundation import audit
from knowledge_base.editing.scope import department_of
from knowledge_base.model import Unit, UnitKey
from knowledge_base.recalls.comparing import has_changed
from knowledge_base.recalls.concerned import Concerned, Scope
from knowledge_base.recalls.drawing import drawn_upon
from knowledge_base.recalls.tables import ERASED, TO_SEND, UNREACHABLE, recall_recipients, recalls
from knowledge_base.recalls.wording import checked
from knowledge_base.recalls.words import RecallRefused

DRAFT, SENDING, DONE, WITHDRAWN = "draft", "sending", "sent", "withdrawn"


@dataclass(frozen=True)
class Recall:
    """One recall. `account` wrote its text, `sent_by` had it sent; `department` is that of its unit."""

    id: int
    kind: str
    unit_id: str
    aspect: str | None
    title: str
    department: str
    release: int
    since: datetime
    until: datetime
    text: str
    reason: str
    state: str
    account: str
    created_at: datetime
    sent_by: str | None
    sent_at: datetime | None

    @property
    def key(self) -> UnitKey:
        return UnitKey(self.kind, self.unit_id)

    @property
    def scope(self) -> Scope:
        return Scope(self.key, self.aspect, self.release, self.since, self.until)


def draft(tx: Connection, scope: Scope, unit: Unit, text: str, reason: str, by: str, now: datetime) -> int:
    """Write a recall down; its number.

    Args:
        unit: as it was last published.

    Raises:
        RecallRefused: the text or the reason will not do.
    """
    text, reason = checked(text, reason)
    row = {
        "kind": scope.key.kind,
        "unit_id": scope.key.id,
        "aspect": scope.aspect,
        "title": unit.title[:200],
        "department": department_of(unit)[:80],
        "release": scope.release,
        "since": scope.since,
        "until": scope.until,
        "text": text,
        "reason": reason,
        "state": DRAFT,
        "account": by,
        "created_at": now,
    }
    id = int(tx.execute(insert(recalls).values(row)).inserted_primary_key[0])
    audit.record(tx, by, "recall.draft", _subject(id), {"unit": str(scope.key), "aspect": scope.aspect}, now)
    return id


def reword(tx: Connection, id: int, text: str, reason: str, by: str, now: datetime) -> None:
    """Change the text. Raises RecallRefused: it is somebody else's, no draft any more, or the text will not do."""
    found = get(tx, id, lock=True)
    if found.state != DRAFT:
        raise RecallRefused("not_draft")
    if found.account != by:
        raise RecallRefused("not_author")
    text, reason = checked(text, reason)
    tx.execute(update(recalls).where(recalls.c.id == id).values(text=text, reason=reason))
    audit.record(tx, by, "recall.reword", _subject(id), None, now)


def send(tx: Connection, id: int, found: Sequence[Concerned], by: str, text: str, now: datetime) -> None:
    """Have it sent to those who were found for it.

    Args:
        text: as the one who sends it has read it.

    Raises:
        RecallRefused: the same person wrote it, it or the unit was changed meanwhile, or it concerns nobody.
    """
    recall = get(tx, id, lock=True)
    if recall.state != DRAFT:
        raise RecallRefused("not_draft")
    if recall.account == by:
        raise RecallRefused("own")
    if recall.text != text or is_outdated(tx, recall):
        raise RecallRefused("changed")
    if not found:
        raise RecallRefused("nobody")
    tx.execute(insert(recall_recipients), list(_rows(id, found, now)))
    tx.execute(update(recalls).where(recalls.c.id == id).values(state=SENDING, sent_by=by, sent_at=now))
    audit.record(tx, by, "recall.send", _subject(id), {"recipients": len(found)}, now)


def is_outdated(tx: Connection, recall: Recall) -> bool:
    """Whether the unit, or one that it draws on, was changed once more since the recall was drafted."""
    units = {recall.key, *drawn_upon(tx, recall.key, recall.release)}
    return any(has_changed(tx, one, recall.release) for one in units)


def withdraw(tx: Connection, id: int, by: str, now: datetime) -> None:
    """Give a draft up, or stop what is being sent. Raises RecallRefused: it is neither."""
    recall = get(tx, id, lock=True)
    if recall.state not in (DRAFT, SENDING):
        raise RecallRefused("not_sending")
    mine = and_(recall_recipients.c.recall_id == id, recall_recipients.c.state == TO_SEND)
    stopped = tx.execute(update(recall_recipients).where(mine).values(state=UNREACHABLE, why="stopped", at=now))
    tx.execute(update(recalls).where(recalls.c.id == id).values(state=WITHDRAWN))
    audit.record(tx, by, "recall.withdraw", _subject(id), {"stopped": int(stopped.rowcount)}, now)


def get(tx: Connection, id: int, lock: bool = False) -> Recall:
    """The recall with this number. Raises RecallRefused: there is none."""
    query = select(recalls).where(recalls.c.id == id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise RecallRefused("unknown")
    return Recall(**row)


def listing(tx: Connection, department: str | None, states: Sequence[str] = (), limit: int = 100) -> list[Recall]:
    """Recalls, newest first.

    Args:
        department: only its own, and those of no department; None: all.
        states: only in one of these.
    """
    query = select(recalls)
    if department is not None:
        query = query.where(recalls.c.department.in_(("", department)))
    if states:
        query = query.where(recalls.c.state.in_(states))
    return [Recall(**row) for row in tx.execute(query.order_by(recalls.c.id.desc()).limit(limit)).mappings()]


def _rows(id: int, found: Iterable[Concerned], now: datetime) -> Iterable[dict[str, object]]:
    for one in found:
        known = one.record.conversation is not None
        yield {
            "recall_id": id,
            "record": one.record.number,
            "channel": one.channel,
            "conversation": one.record.conversation,
            "state": TO_SEND if known else ERASED,
            "at": now,
        }


def _subject(id: int) -> str:
    return f"recall:{id}"
