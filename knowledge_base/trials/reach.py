"""Whose tests are whose: those of a unit belong to its department, those of the regression set to everybody."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from knowledge_base.editing.scope import department_of, is_within
from knowledge_base.model import Unit, UnitKey
from knowledge_base.store.drafts import drafts, published
from knowledge_base.store.revisions import read
from knowledge_base.trials.errors import TrialError


def units_of(tx: Connection, keys: Iterable[UnitKey]) -> dict[UnitKey, Unit]:
    """These units as they are published, else as somebody has drafted them."""
    wanted = set(keys)
    numbers = published(tx, sorted(wanted))
    stored = {one.revision: one.unit for one in read(tx, numbers.values())}
    found = {key: stored[number] for key, number in numbers.items()}
    if missing := wanted - found.keys():
        found |= {one.key: one.unit for one in drafts(tx) if one.key in missing and one.unit is not None}
    return found


def secret(tx: Connection, keys: Iterable[UnitKey], department: str | None) -> set[UnitKey]:
    """Of these units, those that are nothing but another department's drafts: not even their tests are for others."""
    found = units_of(tx, keys)
    public = published(tx, sorted(found))
    return {key for key, unit in found.items() if key not in public and not is_within(unit, department)}


def require_own(tx: Connection, key: UnitKey | None, department: str | None) -> None:
    """Refuse to add or change tests of a unit to whoever is of another department; None: of the regression set.

    Raises:
        TrialError: there is no such unit, or it is not theirs.
    """
    if key is None:
        return
    unit = units_of(tx, [key]).get(key)
    if unit is None:
        raise TrialError("no_unit")
    if not is_within(unit, department):
        raise TrialError("other_department", department=department_of(unit))
