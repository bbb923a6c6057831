"""The published units where content is edited: found by key or title, without the index that searching needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy.engine import Connection

from knowledge_base.model import KINDS, Package, ServiceItem, Unit, UnitKey
from knowledge_base.model.package import packages_of
from knowledge_base.store import releases


@dataclass(frozen=True)
class Shelf:
    """The units of a release that answer; also a knowledge_base.answering.published.Published, to word answers from."""

    release: int = 0
    units: Mapping[UnitKey, Unit] = field(default_factory=dict)
    revisions: Mapping[int, UnitKey] = field(default_factory=dict)
    """Which unit each of its revisions is one of."""

    def get(self, kind: str, id: str | None) -> Unit | None:
        return self.units.get(UnitKey(kind, id)) if id else None

    @cached_property
    def packages(self) -> dict[str, tuple[Package, ...]]:
        return packages_of(self.units.values())

    @cached_property
    def departments(self) -> list[str]:
        """Every department that a unit names."""
        named = {name for unit in self.units.values() for name in (unit.department, unit.owner.department)}
        return sorted(name for name in named if name)

    @cached_property
    def themes(self) -> list[str]:
        return sorted({unit.theme for unit in self.units.values() if isinstance(unit, ServiceItem) and unit.theme})

    def with_unit(self, unit: Unit) -> Shelf:
        """The same with a unit as it is being written."""
        return replace(self, units={**self.units, unit.key: unit})

    def named(self, kind: str, text: str) -> Iterator[Unit]:
        """The units of a kind whose title or id holds a text."""
        wanted = text.casefold()
        for unit in self.units.values():
            if unit.kind == kind and (wanted in unit.title.casefold() or wanted in unit.id.casefold()):
                yield unit


def renewed(tx: Connection, shelf: Shelf) -> Shelf:
    """The shelf of the newest release; all is read the first time, and then what has changed."""
    newest = releases.current(tx)
    if newest == shelf.release:
        return shelf
    news = releases.changes(tx, shelf.release, newest)
    revisions = {number: key for number, key in shelf.revisions.items() if number not in news.removed}
    gone = {key for number, key in shelf.revisions.items() if number in news.removed}
    units = {key: unit for key, unit in shelf.units.items() if key not in gone}
    for stored in news.added:
        if stored.unit.kind not in KINDS:
            continue
        revisions[stored.revision], units[stored.unit.key] = stored.unit.key, stored.unit
    return Shelf(newest, units, revisions)
