"""The quality report: what is wrong with the content as the next release would hold it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from knowledge_base.findings import Finding, dangling, duplicates, inspect
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import releases

__all__ = ["Finding", "check"]

ORDER = ("block", "warning", "note")


def check(tx: Connection, now: datetime) -> list[Finding]:
    """The findings about what is published, with the drafts in place of what they change; the gravest first."""
    today = now.astimezone(CHINA).date()
    units: dict[UnitKey, Unit] = {stored.unit.key: stored.unit for stored in releases.stream(tx, releases.current(tx))}
    for draft in releases.drafts(tx):
        if draft.unit is None:
            units.pop(draft.key, None)
        else:
            units[draft.key] = draft.unit
    found = [finding for unit in units.values() for finding in (*inspect(unit, today), *dangling(unit, units.keys()))]
    found += duplicates(units.values())
    return sorted(found, key=lambda finding: (ORDER.index(finding.severity), finding.unit, finding.field))
