"""Another system's export, read again and again: what has changed there becomes drafts here, and nothing else does.

What the source said of each unit the last time is kept (`synchronised`), so that only what is new in it is taken, field
by field (`merging`), and so that what it has no more is noticed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.importing.merging import merged
from knowledge_base.importing.refused import ImportRefused
from knowledge_base.importing.uploads import synchronisations, synchronised
from knowledge_base.model import UnitKey
from knowledge_base.store.revisions import chunks

LONGEST_NAME = 100
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Memory:
    """What a source said of each unit when it was last read."""

    source: str
    known: Mapping[UnitKey, Body]

    def said(self, body: Body, file: str) -> Body:
        """What the export says of a unit: without the source that the import put there because it names none."""
        if body.get("sources") == [{"title": file, "verified": False}]:
            return {name: value for name, value in body.items() if name != "sources"}
        return body

    def applied(self, standing: Body | None, said: Body, now: datetime) -> Body | None:
        """The unit as it should be here; None where the source says nothing new."""
        before = self.known.get(UnitKey(said["kind"], said["id"]))
        if before == said:
            return None
        if standing is None:
            return {"sources": [{"title": self.source, "verified": False}], **said}
        return merged(standing, said, before, now.astimezone(CHINA).date().isoformat())


@dataclass(frozen=True)
class Run:
    source: str
    counts: dict[str, int]
    account: str
    at: datetime


def alone(tx: Connection) -> None:
    """Let no other import be carried out until this transaction is over. (SQLite's write lock does that already.)"""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('imports', 5))"))


def remembered(tx: Connection, source: str) -> Memory:
    """What is kept of a source.

    Raises:
        ImportRefused: that is no name for one.
    """
    name = " ".join(source.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ImportRefused("source")
    rows = tx.execute(select(synchronised).where(synchronised.c.source == name))
    return Memory(name, {UnitKey(row.kind, row.unit_id): row.body for row in rows})


def remember(tx: Connection, memory: Memory, said: Mapping[UnitKey, Body]) -> None:
    """Keep what a source says of these units now."""
    news = {key: body for key, body in said.items() if memory.known.get(key) != body}
    for part in chunks(sorted(news.keys() & memory.known.keys())):
        for key in part:
            tx.execute(delete(synchronised).where(_of(memory.source, key)))
    rows = [
        {"source": memory.source, "kind": key.kind, "unit_id": key.id, "body": body}
        for key, body in sorted(news.items())
    ]
    for some in chunks(rows):
        tx.execute(insert(synchronised), list(some))


def forget(tx: Connection, source: str, keys: Collection[UnitKey]) -> None:
    """Of units that were removed here because the source has them no more."""
    for key in keys:
        tx.execute(delete(synchronised).where(_of(source, key)))


def note_run(tx: Connection, source: str, digest: str, counts: Mapping[str, int], account: str, now: datetime) -> None:
    row = {"source": source, "digest": digest, "counts": dict(counts), "account": account, "at": now}
    tx.execute(insert(synchronisations).values(row))


def runs(tx: Connection, limit: int) -> list[Run]:
    """The latest synchronisations, newest first."""
    query = select(synchronisations).order_by(synchronisations.c.id.desc()).limit(limit)
    return [Run(row.source, row.counts, row.account, row.at) for row in tx.execute(query)]


def sources(tx: Connection) -> list[str]:
    """The names of all sources there ever were."""
    return list(tx.execute(select(synchronisations.c.source).distinct().order_by(synchronisations.c.source)).scalars())


def _of(source: str, key: UnitKey) -> Any:
    table = synchronised.c
    return (table.source == source) & (table.kind == key.kind) & (table.unit_id == key.id)
