"""What agents note about a conversation for each other. No citizen ever sees it; the caller masks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from desk import changes
from desk.errors import Malformed
from desk.tables import notes
from foundation import audit


@dataclass(frozen=True)
class Note:
    id: int
    conversation: str
    handover: int | None
    account: str
    text: str
    at: datetime


def add(tx: Connection, conversation: str, handover: int | None, account: str, text: str, now: datetime) -> Note:
    """Raises Malformed: there is no text."""
    if not text.strip():
        raise Malformed("form.note")
    values = {"conversation": conversation, "handover": handover, "account": account, "text": text.strip(), "at": now}
    id: int = tx.execute(insert(notes).values(values)).inserted_primary_key[0]
    audit.record(tx, account, "desk.note", f"handover:{handover}" if handover else f"note:{id}", {"note": id}, now)
    if handover is not None:
        changes.touch(tx, changes.of(handover))
    return Note(id, conversation, handover, account, text.strip(), now)


def of_conversation(tx: Connection, conversation: str) -> list[Note]:
    """Oldest first."""
    query = select(notes).where(notes.c.conversation == conversation).order_by(notes.c.id)
    return [Note(**row) for row in tx.execute(query).mappings()]
