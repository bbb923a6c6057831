"""What is published, page by page, for other systems to read: the present release and nothing of any draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from knowledge_base.model import KINDS, UnitKey
from knowledge_base.store.tables import memberships, releases, revisions


class Published(NamedTuple):
    """A published unit that answers; `since` is the release that brought this text."""

    key: UnitKey
    body: Mapping[str, Any]
    since: int


@dataclass(frozen=True)
class Wanted:
    """Which units: None is any. `after` is the last one of the page before."""

    kind: str | None = None
    department: str | None = None
    region: str | None = None
    after: UnitKey | None = None


@dataclass(frozen=True)
class Issue:
    """One release, as others may know it."""

    number: int
    created_at: datetime
    note: str
    detail: Mapping[str, Any]


def page(tx: Connection, wanted: Wanted, limit: int) -> list[Published]:
    """The next units by kind and id."""
    query = _present().order_by(memberships.c.kind, memberships.c.unit_id).limit(limit)
    if wanted.kind is not None:
        query = query.where(memberships.c.kind == wanted.kind)
    for name in ("department", "region"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(revisions.c.body[name].as_string() == value)
    if wanted.after is not None:
        query = query.where(tuple_(memberships.c.kind, memberships.c.unit_id) > tuple_(*wanted.after))
    return [_published(row) for row in tx.execute(query)]


def unit(tx: Connection, key: UnitKey) -> Published | None:
    """One published unit."""
    row = tx.execute(_present().where(memberships.c.kind == key.kind, memberships.c.unit_id == key.id)).first()
    return None if row is None else _published(row)


def issues(tx: Connection, before: int | None, limit: int) -> list[Issue]:
    """The releases there were, newest first; `before` is the number at which the page before ended."""
    query = select(releases).order_by(releases.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(releases.c.number < before)
    return [Issue(row.number, row.created_at, row.note, row.detail) for row in tx.execute(query)]


def _present() -> Select:
    columns = (memberships.c.kind, memberships.c.unit_id, memberships.c.from_release, revisions.c.body)
    joined = select(*columns).join(revisions, revisions.c.id == memberships.c.revision_id)
    return joined.where(memberships.c.to_release.is_(None), memberships.c.kind.in_(KINDS))


def _published(row: Any) -> Published:
    return Published(UnitKey(row.kind, row.unit_id), row.body, row.from_release)
