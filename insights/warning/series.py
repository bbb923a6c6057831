"""What is watched: a unit, a department, a region, a channel, or all; the first two also within one region.

A series has a name such as `unit|item:id-card|330106`, by which it is stored and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

UNIT, DEPARTMENT, REGION, CHANNEL, ALL = "unit", "department", "region", "channel", "all"


@dataclass(frozen=True, order=True)
class Series:
    kind: str
    name: str = ""
    """Of the unit (`item:id-card`), department or channel."""
    region: str = ""
    """Empty: everywhere."""

    def __str__(self) -> str:
        return f"{self.kind}|{self.name}|{self.region}"

    @classmethod
    def parse(cls, text: str) -> Series:
        kind, _, rest = text.partition("|")
        name, _, region = rest.rpartition("|")
        return cls(kind, name, region)

    def parent(self) -> Series | None:
        """The coarser series whose habits this one is taken to have until it shows its own."""
        if self.region and self.kind != REGION:
            return Series(self.kind, self.name)
        return None if self.kind == ALL else Series(ALL)


EVERYTHING = Series(ALL)


def of(unit: str | None, department: str | None, region: str | None, channel: str) -> Iterator[Series]:
    """All series that a question counts in."""
    yield EVERYTHING
    yield Series(CHANNEL, channel)
    if region:
        yield Series(REGION, "", region)
    for kind, name in ((UNIT, unit), (DEPARTMENT, department)):
        if name:
            yield Series(kind, name)
            if region:
                yield Series(kind, name, region)


def closed(found: Iterable[Series]) -> list[Series]:
    """The series with all their parents, parents first."""
    known: set[Series] = set()
    for one in found:
        at: Series | None = one
        while at is not None and at not in known:
            known.add(at)
            at = at.parent()
    return sorted(known, key=lambda one: (_depth(one), one))


def _depth(one: Series) -> int:
    parent = one.parent()
    return 0 if parent is None else 1 + _depth(parent)
