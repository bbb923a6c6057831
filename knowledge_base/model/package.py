"""A package 一件事: the items that one life event needs, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field, validator

from knowledge_base.model.unit import Unit
from knowledge_base.model.values import Value


class Step(Value):
    item: str
    """The id of the service item."""
    note: str | None = None


class Package(Unit):
    kind: ClassVar[str] = "package"

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    similar_questions: tuple[str, ...] = ()
    overview: str | None = None
    steps: tuple[Step, ...]

    @validator("steps")
    def _not_empty(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        if not steps:
            raise ValueError("a package needs at least one step")
        return steps

    @property
    def title(self) -> str:
        return self.name

    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def questions(self) -> tuple[str, ...]:
        return self.similar_questions


def packages_of(units: Iterable[Unit]) -> dict[str, tuple[Package, ...]]:
    """The packages among the units, by the items that are steps of them."""
    found: dict[str, list[Package]] = {}
    for unit in units:
        if isinstance(unit, Package):
            for item in {step.item for step in unit.steps}:
                found.setdefault(item, []).append(unit)
    return {item: tuple(packages) for item, packages in found.items()}
