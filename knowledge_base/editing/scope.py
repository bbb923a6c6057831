"""Whose content is whose: a department sees and changes its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from knowledge_base.editing.errors import Forbidden, Missing
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store import drafts, releases


def department_of(unit: Unit) -> str:
    """The department that answers for a unit; "" where none is named, and everybody may."""
    return unit.owner.department or unit.department or ""


def is_within(unit: Unit, department: str | None) -> bool:
    """Whether somebody of a department (None: of the whole office) may see the unit's drafts and change it.

    Units without a department belong to everybody who edits.
    """
    return department is None or department_of(unit) in ("", department)


def body_is_within(body: Mapping[str, Any], department: str | None) -> bool:
    """The same of a unit as plain JSON, as store.codec writes it."""
    own = body.get("owner", {}).get("department") or body.get("department") or ""
    return department is None or own in ("", department)


def require_within(tx: Connection, key: UnitKey, department: str | None) -> None:
    """Pass where somebody of a department may see the drafts of that unit and change it, or where there is none yet.

    Raises:
        Forbidden: what is published is another department's.
        Missing: only a draft of another department's is there, of which nobody else knows.
    """
    stored = releases.find(tx, releases.current(tx), key)
    if stored is not None and not is_within(stored.unit, department):
        raise Forbidden("other_department", department=department_of(stored.unit))
    draft = drafts.draft(tx, key)
    if draft is None or draft.unit is None or is_within(draft.unit, department):
        return
    raise Missing("unknown") if stored is None else Forbidden("other_department", department=department_of(draft.unit))
