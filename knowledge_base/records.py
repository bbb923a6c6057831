"""Answer records 咨询记录: every answer given, word for word, under a number to read out on the phone."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, Text, and_, cast, insert, not_, or_, select, update
from sqlalchemy.engine import Connection

from foundation import erasure, retention
from foundation.database import Instant, Json, metadata
from foundation.inbox import RowId
from foundation.prepared import Prepared
from knowledge_base.model import UnitKey

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""
MISREAD = str.maketrans("OIL", "011")
HALF = 4
OWN_MATTERS = frozenset({"status", "complaint", "handover"})
"""Kinds of answers that are about one person's affairs; so may be whatever a member of staff says."""
ENGINE = "zhengwu 0.1"
"""The version of what answers, as records name it."""

answer_records = Table(
    "answer_records",
    metadata,
    Column("number", String(9), primary_key=True),
    Column("conversation", String(200)),
    Column("inbox_id", RowId),
    Column("at", Instant, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("unit_id", String(128)),
    Column("aspect", String(16)),
    Column("release", Integer),
    Column("text", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("engine", String(40)),
    Column("approved_by", String(80)),
    Column("said_by", String(80)),
    Index("ix_answer_records_unit", "kind", "unit_id", "at"),
    Index("ix_answer_records_conversation", "conversation", "at"),
    Index("ix_answer_records_at", "at"),
)


_KEEP = Prepared(insert(answer_records))


@dataclass(frozen=True)
class Record:
    """One answer as it was given.

    `text` is what the citizen read, `payload` the `custom.answer` that went with it. `approved_by` is who published
    what the bot said; `said_by` is the person where a person answered. `conversation` is None once it was erased.
    """

    number: str
    conversation: str | None
    at: datetime
    kind: str
    text: str
    unit_id: str | None = None
    aspect: str | None = None
    release: int | None = None
    inbox_id: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    engine: str | None = None
    approved_by: str | None = None
    said_by: str | None = None

    @property
    def locked(self) -> bool:
        """Whether it is kept and no longer shown: somebody's own matter, who is not known any more."""
        return self.conversation is None and (self.said_by is not None or self.kind in OWN_MATTERS)

    def shown(self) -> Record:
        """As it may be read: of one that is locked without what was said."""
        return replace(self, text="", payload={}) if self.locked else self


def new_number() -> str:
    """A fresh number such as `K7M2-4Q9D`: 40 random bits, so that nobody guesses another's.

    Should one ever come twice, `write` fails on it and the turn is run again.
    """
    digits = "".join(secrets.choice(ALPHABET) for _ in range(2 * HALF))
    return f"{digits[:HALF]}-{digits[HALF:]}"


def normalise_number(text: str) -> str | None:
    """The number that somebody typed or read out: any case, with or without the dash, O for 0, I or L for 1."""
    digits = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper().translate(MISREAD)
    if len(digits) != 2 * HALF or not set(digits) <= set(ALPHABET):
        return None
    return f"{digits[:HALF]}-{digits[HALF:]}"


def write(tx: Connection, *records: Record) -> None:
    """Keep the answers of one turn."""
    _KEEP.insert_all(tx, [vars(record) for record in records])


def read(tx: Connection, number: str) -> Record | None:
    """The record with this number, however it was typed."""
    known = normalise_number(number)
    rows = _records(tx, select(answer_records).where(answer_records.c.number == known)) if known else []
    return rows[0].shown() if rows else None


def told(
    tx: Connection, key: UnitKey, since: datetime, until: datetime | None = None, conversation: str | None = None
) -> list[Record]:
    """Who was told something from this unit since then, oldest first: those whom a recall must reach.

    It may have been the second answer of a message.

    Args:
        until: and before this moment.
        conversation: only in this one.
    """
    rows = answer_records.c
    # As JSON is written on either database.
    mentioned = and_(*(cast(rows.payload, Text).contains(part, autoescape=True) for part in _mention(key)))
    query = select(answer_records).where(rows.at >= since)
    if until is not None:
        query = query.where(rows.at < until)
    if conversation is not None:
        query = query.where(rows.conversation == conversation)
    first = and_(rows.kind == key.kind, rows.unit_id == key.id)
    found = [*_records(tx, query.where(first)), *_records(tx, query.where(not_(first), mentioned))]
    return sorted(found, key=lambda one: (one.at, one.number))


def _mention(key: UnitKey) -> tuple[str, str]:
    return f'"id": "{key.id}"', '"also": [{'


def search(
    tx: Connection,
    *,
    unit: UnitKey | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Record]:
    """Records, newest first.

    Args:
        unit: the one that was answered from.
        channel: as conversations are named by: web, wechat …; those that were erased have none any more.
        since: from this moment, and `until` before that one.
        before: time and number of the record at which the previous page ended.
    """
    rows, query = answer_records.c, select(answer_records)
    if unit is not None:
        query = query.where(rows.kind == unit.kind, rows.unit_id == unit.id)
    if channel is not None:
        query = query.where(rows.conversation.startswith(f"{channel}:", autoescape=True))
    if since is not None:
        query = query.where(rows.at >= since)
    if until is not None:
        query = query.where(rows.at < until)
    if before is not None:
        at, number = before
        query = query.where(or_(rows.at < at, and_(rows.at == at, rows.number < number)))
    return [one.shown() for one in _records(tx, query.order_by(rows.at.desc(), rows.number.desc()).limit(limit))]


def last_of(tx: Connection, conversation: str) -> Record | None:
    """What a conversation was told last."""
    query = select(answer_records).where(answer_records.c.conversation == conversation)
    return next(iter(_records(tx, query.order_by(answer_records.c.at.desc()).limit(1))), None)


def channel_of(conversation: str | None) -> str:
    """The channel of a conversation, by its name; empty where that was erased."""
    return (conversation or "").partition(":")[0]


def export(tx: Connection, conversation: str) -> list[dict[str, Any]]:
    """What is kept about one conversation, as plain JSON."""
    query = select(answer_records).where(answer_records.c.conversation == conversation)
    found = _records(tx, query.order_by(answer_records.c.at, answer_records.c.number))
    return [{**asdict(record), "at": record.at.isoformat()} for record in found]


def erase(tx: Connection, conversation: str) -> int:
    """Cut the records of a conversation off from the person; the office's own statements stay."""
    mine = update(answer_records).where(answer_records.c.conversation == conversation)
    return int(tx.execute(mine.values(conversation=None, inbox_id=None)).rowcount)


def _records(tx: Connection, query: Any) -> list[Record]:
    return [Record(**row) for row in tx.execute(query).mappings()]


erasure.register("answer_records", erase, export)
_somebodys = or_(answer_records.c.conversation.is_not(None), answer_records.c.inbox_id.is_not(None))
retention.register(
    "answer_records",
    retention.of_table(
        answer_records, answer_records.c.at, _somebodys, values={"conversation": None, "inbox_id": None}
    ),
)
retention.register("old_answer_records", retention.of_table(answer_records, answer_records.c.at, in_order=False))
