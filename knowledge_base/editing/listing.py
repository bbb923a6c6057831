"""The units of the knowledge base as editors list them: published and drafted, found by words and by what is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Text, and_, cast, exists, literal, not_, or_, select, union_all
from sqlalchemy import func as sql
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.model import KINDS, UnitKey
from knowledge_base.records import answer_records
from knowledge_base.store.tables import drafts, memberships, revisions

SOON = 30
"""Days before its end from which a unit counts as expiring."""
PUBLISHED, DRAFTED, IN_REVIEW, APPROVED, REMOVAL = "published", "draft", "in_review", "approved", "removal"
STATES = (PUBLISHED, DRAFTED, IN_REVIEW, APPROVED, REMOVAL)
DUE = ("expired", "expiring", "overdue", "unverified", "never")
"""What may be due: expired, soon to be, review overdue, source not verified, never answered from."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; empty: everything. `within` is the department whose drafts may be seen (None: all)."""

    words: str = ""
    kind: str = ""
    department: str = ""
    region: str = ""
    owner: str = ""
    state: str = ""
    due: str = ""
    order: int | None = None
    only: Collection[UnitKey] | None = None
    within: str | None = None


@dataclass(frozen=True)
class Row:
    """A unit in the list: as it is published, or as its draft has it where there is one that may be seen."""

    key: UnitKey
    title: str
    department: str
    region: str | None
    owner: str
    state: str
    account: str | None
    """Who saved the draft."""
    updated_at: datetime | None
    effective_to: date | None
    review_by: date | None
    published: bool
    order: int | None
    revision: int | None
    """The text that the row is about; None: a draft that removes the unit."""


def listing(tx: Connection, wanted: Wanted, now: datetime, limit: int = 50, offset: int = 0) -> tuple[list[Row], int]:
    """The units that are wanted, by kind and id, and how many there are in all."""
    rows = _rows(wanted).subquery()
    query = select(rows).where(*_conditions(rows, wanted, now))
    total = tx.execute(select(sql.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(rows.c.kind, rows.c.unit_id).limit(limit).offset(offset)
    return [_row(row) for row in tx.execute(page).mappings()], int(total)


def departments(tx: Connection) -> list[str]:
    """The departments that published units name, sorted."""
    body = revisions.c.body
    named = sql.coalesce(body["owner"]["department"].as_string(), body["department"].as_string())
    present = select(named.distinct()).join(memberships, memberships.c.revision_id == revisions.c.id)
    found = tx.execute(present.where(memberships.c.to_release.is_(None))).scalars()
    return sorted({name for name in found if name})


def _rows(wanted: Wanted) -> Any:
    """Drafts that may be seen, and what is published without one."""
    body = revisions.c.body
    department = sql.coalesce(body["owner"]["department"].as_string(), body["department"].as_string(), "")
    texts = [
        sql.coalesce(*(body[name].as_string() for name in ("name", "question", "term")), "").label("title"),
        department.label("department"),
        body["region"].as_string().label("region"),
        sql.coalesce(body["owner"]["person"].as_string(), "").label("owner"),
        body["effective_to"].as_string().label("effective_to"),
        body["review_by"].as_string().label("review_by"),
        body.label("body"),
    ]
    present = and_(
        memberships.c.kind == drafts.c.kind,
        memberships.c.unit_id == drafts.c.unit_id,
        memberships.c.to_release.is_(None),
    )
    # A draft that removes a unit is shown with what is published.
    shown = sql.coalesce(drafts.c.revision_id, memberships.c.revision_id)
    drafted = (
        select(
            drafts.c.kind,
            drafts.c.unit_id,
            drafts.c.state,
            drafts.c.revision_id.is_(None).label("removal"),
            drafts.c.account,
            drafts.c.updated_at,
            drafts.c.order_id,
            cast(memberships.c.revision_id, Integer).label("published"),
            cast(drafts.c.revision_id, Integer).label("revision"),
            *texts,
        )
        .select_from(drafts.outerjoin(memberships, present))
        .join(revisions, revisions.c.id == shown)
    )
    if wanted.within is not None:
        drafted = drafted.where(department.in_(("", wanted.within)))
    same = exists().where(drafts.c.kind == memberships.c.kind, drafts.c.unit_id == memberships.c.unit_id)
    if wanted.within is not None:  # what is drafted elsewhere is listed as it is published
        other = revisions.alias()
        named = sql.coalesce(
            other.c.body["owner"]["department"].as_string(), other.c.body["department"].as_string(), ""
        )
        seen = or_(drafts.c.revision_id.is_(None), named.in_(("", wanted.within)))
        same = (
            exists()
            .select_from(drafts.outerjoin(other, other.c.id == drafts.c.revision_id))
            .where(drafts.c.kind == memberships.c.kind, drafts.c.unit_id == memberships.c.unit_id, seen)
        )
    published = (
        select(
            memberships.c.kind,
            memberships.c.unit_id,
            literal(PUBLISHED).label("state"),
            literal(False).label("removal"),
            literal(None).label("account"),
            literal(None, drafts.c.updated_at.type).label("updated_at"),
            literal(None, Integer).label("order_id"),
            cast(memberships.c.revision_id, Integer).label("published"),
            cast(memberships.c.revision_id, Integer).label("revision"),
            *texts,
        )
        .join(revisions, revisions.c.id == memberships.c.revision_id)
        .where(memberships.c.to_release.is_(None), not_(same))
    )
    return union_all(drafted, published)


def _conditions(rows: Any, wanted: Wanted, now: datetime) -> list[Any]:
    today = now.astimezone(CHINA).date()
    found: list[Any] = []
    for name in ("kind", "department", "region", "owner"):
        if value := getattr(wanted, name):
            found.append(rows.c[name] == value)
    for word in wanted.words.split():
        lists = [cast(rows.c.body[name], Text) for name in ("aliases", "similar_questions", "words")]
        inside = [_like(column, word) for column in (rows.c.title, rows.c.unit_id, *lists)]
        inside += [_like(column, json.dumps(word)[1:-1]) for column in lists]  # SQLite's JSON is ASCII
        found.append(or_(*inside))
    if wanted.state == REMOVAL:
        found.append(rows.c.removal)
    elif wanted.state:
        found.append(rows.c.state == wanted.state)
    if wanted.order is not None:
        found.append(rows.c.order_id == wanted.order)
    if wanted.only is not None:
        keys = [and_(rows.c.kind == key.kind, rows.c.unit_id == key.id) for key in wanted.only]
        found.append(or_(*keys) if keys else literal(False))
    soon = (today + timedelta(days=SOON)).isoformat()
    ends, review = rows.c.effective_to, rows.c.review_by
    sources = cast(rows.c.body["sources"], Text)
    due: Mapping[str, Any] = {
        "expired": ends < today.isoformat(),
        "expiring": and_(ends >= today.isoformat(), ends <= soon),
        "overdue": review < today.isoformat(),
        "unverified": or_(*(sources.like(f'%"verified":{gap}false%') for gap in ("", " "))),
        "never": and_(
            rows.c.kind.in_(KINDS),
            not_(exists().where(answer_records.c.kind == rows.c.kind, answer_records.c.unit_id == rows.c.unit_id)),
        ),
    }
    if wanted.due:
        found.append(due[wanted.due])
    return found


def _like(column: Any, text: str) -> Any:
    """Whether a column has a text somewhere in it, whatever its case."""
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.ilike(f"%{plain}%", escape="\\")


def _row(row: Mapping[str, Any]) -> Row:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return Row(
        key=UnitKey(row["kind"], row["unit_id"]),
        title=row["title"],
        department=row["department"],
        region=row["region"],
        owner=row["owner"],
        state=REMOVAL if row["removal"] else row["state"],
        account=row["account"],
        updated_at=row["updated_at"],
        effective_to=day(row["effective_to"]),
        review_by=day(row["review_by"]),
        published=row["published"] is not None,
        order=row["order_id"],
        revision=row["revision"],
    )
