"""Units that wait to be saved, each as a few hundred bytes instead of some thirty kilobytes of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator

from knowledge_base.model import Faq, ServiceItem, Unit, UnitKey
from knowledge_base.model.unit import ID
from knowledge_base.store import codec


class Packed:
    """A list of units; what names have to be found out for them is noted on the way."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self.keys: list[UnitKey] = []
        self.names: list[tuple[str, str]] = []
        """Name and id of each service item."""
        self.wanted: set[str] = set()
        """Names that stand where an FAQ should have the id of its item."""

    def __len__(self) -> int:
        return len(self._bodies)

    def __iadd__(self, other: Packed) -> Packed:
        self._bodies += other._bodies
        self.keys += other.keys
        self.names += other.names
        self.wanted |= other.wanted
        return self

    def add(self, unit: Unit) -> None:
        self._bodies.append(json.dumps(codec.dump(unit), ensure_ascii=False, separators=(",", ":")).encode())
        self.keys.append(unit.key)
        if isinstance(unit, ServiceItem):
            self.names.append((unit.name, unit.id))
        elif isinstance(unit, Faq) and unit.item and not ID.fullmatch(unit.item):
            self.wanted.add(unit.item)

    def parts(self, size: int) -> Iterator[list[Unit]]:
        """The units, so many at a time."""
        for bodies in self.bodies(size):
            yield [codec.load(body) for body in bodies]

    def bodies(self, size: int) -> Iterator[list[codec.Body]]:
        """The same as plain JSON."""
        for start in range(0, len(self), size):
            yield [json.loads(body) for body in self._bodies[start : start + size]]
