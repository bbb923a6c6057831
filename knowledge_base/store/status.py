"""Looking at the knowledge base: where it stands, and how one unit came to be what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func as sql
from sqlalchemy import or_, select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store.codec import load
from knowledge_base.store.tables import drafts, memberships, releases, revisions


@dataclass(frozen=True)
class Status:
    release: int
    """0: nothing was ever published."""
    published_at: datetime | None
    account: str | None
    note: str
    units: dict[str, int]
    """Kind → published units."""
    drafts: int
    removals: int
    """How many of the drafts remove a unit."""
    expired: int
    review_overdue: int


@dataclass(frozen=True)
class Passage:
    """One stay of a unit's revision in the releases; `to_release` is None while it is still in."""

    revision: int
    unit: Unit
    from_release: int
    to_release: int | None
    author: str
    """Who wrote the revision."""
    published_by: str
    published_at: datetime


def status(tx: Connection, now: datetime) -> Status:
    """Where the knowledge base stands."""
    today = now.astimezone(CHINA).date().isoformat()
    newest = tx.execute(select(releases).order_by(releases.c.number.desc()).limit(1)).first()
    present = memberships.c.to_release.is_(None)
    counts = select(memberships.c.kind, sql.count()).where(present).group_by(memberships.c.kind)
    draft_counts = select(sql.count(), sql.count(drafts.c.revision_id))
    all_drafts, changing = tx.execute(draft_counts.select_from(drafts)).one()

    def before_today(field: str) -> int:
        held = select(sql.count()).select_from(memberships.join(revisions, revisions.c.id == memberships.c.revision_id))
        return int(tx.execute(held.where(present, revisions.c.body[field].as_string() < today)).scalar_one())

    return Status(
        release=newest.number if newest else 0,
        published_at=newest.created_at if newest else None,
        account=newest.account if newest else None,
        note=newest.note if newest else "",
        units=dict(tx.execute(counts.order_by(memberships.c.kind)).all()),
        drafts=all_drafts,
        removals=all_drafts - changing,
        expired=before_today("effective_to"),
        review_overdue=before_today("review_by"),
    )


def history(tx: Connection, key: UnitKey) -> list[Passage]:
    """What a unit was in which releases, newest first."""
    query = (
        select(
            revisions.c.id,
            revisions.c.body,
            revisions.c.author,
            memberships.c.from_release,
            memberships.c.to_release,
            releases.c.account,
            releases.c.created_at,
        )
        .join(memberships, memberships.c.revision_id == revisions.c.id)
        .join(releases, releases.c.number == memberships.c.from_release)
        .where(memberships.c.kind == key.kind, memberships.c.unit_id == key.id)
        .order_by(memberships.c.from_release.desc())
    )
    return [
        Passage(row.id, load(row.body), row.from_release, row.to_release, row.author, row.account, row.created_at)
        for row in tx.execute(query)
    ]


def changed_since(tx: Connection, told: Collection[tuple[UnitKey, int]]) -> set[tuple[UnitKey, int]]:
    """Of units, each with a release: those that say something else by now than in that release, or are gone."""
    ids = defaultdict(set)
    for key, _ in told:
        ids[key.kind].add(key.id)
    columns = [memberships.c[name] for name in ("kind", "unit_id", "revision_id", "from_release", "to_release")]
    asked = [(memberships.c.kind == kind) & memberships.c.unit_id.in_(sorted(of_kind)) for kind, of_kind in ids.items()]
    stays = defaultdict(list)
    for row in tx.execute(select(*columns).where(or_(*asked))) if ids else ():
        stays[UnitKey(row.kind, row.unit_id)].append(row)

    def at(key: UnitKey, release: int) -> set[int]:
        return {r.revision_id for r in stays[key] if r.from_release <= release < (r.to_release or release + 1)}

    now = {key: {row.revision_id for row in rows if row.to_release is None} for key, rows in stays.items()}
    return {(key, release) for key, release in told if at(key, release) != now.get(key)}
