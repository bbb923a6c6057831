"""The steps of a package 一件事: what each is told from on a day and at a place, or why nothing of it can be told."""

from __future__ import annotations

from typing import NamedTuple

from knowledge_base.answering.aspect_wording import chinese_date
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.places import to_ask, unit_for
from knowledge_base.answering.published import Published
from knowledge_base.answering.situation_words import mentioned
from knowledge_base.answering.validity import current, successor, to_come
from knowledge_base.model import Package, ServiceItem, Unit
from knowledge_base.model.values import Choices


class StepOf(NamedTuple):
    """A step of a package, its item, and what the package says of the citizen's situation in it."""

    number: int
    note: str | None
    item: ServiceItem
    choices: Choices
    notice: str = ""
    """Why none of the item's values may be told; empty where it holds."""


def steps_of(unit: Package, snapshot: Published, occasion: Occasion) -> list[StepOf]:
    """The steps whose items are published, by the numbers that they are told with.

    The package's name and the step's note may settle a situation: in 新生儿 insurance is for a newborn.
    """
    found: list[StepOf] = []
    for step in unit.steps:
        named = snapshot.get("item", step.item)
        if isinstance(named, ServiceItem):
            item, notice = told_from(named, snapshot, occasion)
            known = {**mentioned(item, unit.name), **mentioned(item, step.note or "")}
            found.append(StepOf(len(found) + 1, step.note, item, known, notice))
    return found


def told_from(item: ServiceItem, snapshot: Published, occasion: Occasion) -> tuple[ServiceItem, str]:
    """The item that a step is told from: itself, its twin where the citizen is, or what replaces it.

    Where none holds, or where it depends on a division that is not known, also what is said instead.
    """
    here = unit_for(item, occasion.at, occasion.day, snapshot, occasion.regions)
    for one in (here, successor(here or item, occasion.day, snapshot)):
        holds = holding(one, snapshot, occasion)
        if holds is not None:
            asked = to_ask(holds, occasion.at, occasion.day, snapshot, occasion.regions)
            return holds, phrase("package.by_division") if asked else ""
    return (here if isinstance(here, ServiceItem) else item), notice_of(here, occasion)


def holding(unit: Unit | None, snapshot: Published, occasion: Occasion) -> ServiceItem | None:
    """What holds of a unit on the day and where the citizen is; None where nothing does."""
    if unit is None:
        return None
    unit = unit_for(unit, occasion.at, occasion.day, snapshot, occasion.regions) or unit
    unit = current(unit, occasion.day, snapshot)
    there = occasion.regions.holds(unit.region, occasion.at)
    return unit if isinstance(unit, ServiceItem) and there and unit.in_force(occasion.day) else None


def notice_of(here: Unit | None, occasion: Occasion) -> str:
    """Why nothing of a step is told: its unit is out of force, or (None) nothing holds where the citizen is."""
    if here is None:
        return phrase("package.elsewhere", **occasion.fill())
    if here.effective_from and to_come(here, occasion.day):
        return phrase("package.coming", date=chinese_date(here.effective_from), **occasion.fill())
    assert here.effective_to is not None
    return phrase("package.expired", date=chinese_date(here.effective_to), **occasion.fill())
