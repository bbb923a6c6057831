"""The quality report: the findings about what is published, with the drafts in place of what they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from foundation.text import normalise
from knowledge_base.editing.scope import department_of, is_within
from knowledge_base.editing.tables import attachments
from knowledge_base.findings import Finding, dangling, duplicates, inspect
from knowledge_base.model import KINDS, Synonym, Unit, UnitKey
from knowledge_base.quality import files, links, matters, near_duplicates, verdicts
from knowledge_base.quality.gaps import gaps
from knowledge_base.quality.wording import wording
from knowledge_base.store import releases
from knowledge_base.store.clashes import NAMED, clashes
from knowledge_base.store.revisions import StoredUnit
from knowledge_base.store.tables import drafts

ORDER = ("block", "warning", "note")


class Subject(NamedTuple):
    """What a report knows of a unit beside its findings."""

    title: str
    department: str
    revision: int
    """The draft's, or else the published one's, that was judged."""


class Report(NamedTuple):
    """All that is found, settled or not, the gravest first."""

    findings: list[Finding]
    subjects: dict[UnitKey, Subject]


def check(tx: Connection, now: datetime, department: str | None = None) -> list[Finding]:
    """The open findings, the gravest first.

    Args:
        department: whose drafts count beside what is published; None: all.
    """
    return verdicts.open_ones(tx, examine(tx, now, department).findings)


def examine(tx: Connection, now: datetime, department: str | None = None) -> Report:
    """The whole report; arguments as for `check`."""
    held = standing(tx, department)
    units = [stored.unit for stored in held.values()]
    found = findings(units, now.astimezone(CHINA).date(), links.known_dead(tx), files.broken(tx, units))
    subjects = {
        key: Subject(stored.unit.title, department_of(stored.unit), stored.revision) for key, stored in held.items()
    }
    return Report(found, subjects)


def findings(
    units: Sequence[Unit],
    today: date,
    dead: Mapping[str, links.Dead],
    broken: Mapping[str, files.Fault] = MappingProxyType({}),
) -> list[Finding]:
    """What is wrong with these units, each for itself and with each other, the gravest first.

    Args:
        dead: the addresses that did not open.
        broken: the files that are not there, or are not what they were.
    """
    units = sorted(units, key=lambda unit: unit.key)  # so that the same two are always named in the same order
    known = {unit.key for unit in units}
    groups = [unit for unit in units if isinstance(unit, Synonym)]
    named = {normalise(unit.title): unit.key for unit in units if unit.kind in NAMED} if groups else {}
    found = [*clashes(groups, named), *(one for group in groups for one in inspect(group, today))]
    units = [unit for unit in units if unit.kind in KINDS]
    for unit in units:
        found += inspect(unit, today)
        found += dangling(unit, known)
        found += gaps(unit)
        found += wording(unit)
        found += links.dead_links_of(unit, dead)
        found += files.broken_files_of(unit, broken)
    found += duplicates(units)
    found += near_duplicates.near_duplicates(units)
    found += matters.between(units)
    once = {finding.digest: finding for finding in reversed(found)}
    return sorted(once.values(), key=lambda one: (ORDER.index(one.severity), one.unit, one.field, one.problem))


def standing(tx: Connection, department: str | None = None) -> dict[UnitKey, StoredUnit]:
    """What is published, with the drafts that a department may see in place of what they change."""
    held = {stored.unit.key: stored for stored in releases.stream(tx, releases.current(tx))}
    for draft in releases.drafts(tx):
        before = held.get(draft.key)
        seen = draft.unit or (before.unit if before else None)
        if seen is None or not is_within(seen, department) or (before and not is_within(before.unit, department)):
            continue
        if draft.unit is None or draft.revision is None:
            del held[draft.key]
        else:
            held[draft.key] = StoredUnit(draft.revision, draft.unit)
    return held


def stamp(tx: Connection, now: datetime) -> tuple[object, ...]:
    """What is the same as long as the report is: release, drafts, links, files, the day."""
    saved = select(sql.count(), sql.max(drafts.c.updated_at), sql.sum(drafts.c.revision_id))
    tried = select(sql.count(), sql.max(links.dead_links.c.checked_at))
    uploaded = select(sql.count(), sql.max(attachments.c.created_at))
    return (
        releases.current(tx),
        *tx.execute(saved).one(),
        *tx.execute(tried).one(),
        *tx.execute(uploaded).one(),
        now.astimezone(CHINA).date(),
    )
