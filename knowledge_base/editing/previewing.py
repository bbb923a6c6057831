"""What the robot will say of a unit that is being written: by the code that answers citizens, without a search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.aspect_wording import aspect_body
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.package_wording import with_packages
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.places import region_question, to_ask, unit_for
from knowledge_base.answering.situations import ALL, still_valid
from knowledge_base.answering.validity import current
from knowledge_base.answering.wording import word
from knowledge_base.editing.shelf import Shelf
from knowledge_base.model import ServiceItem, Unit
from knowledge_base.model.values import Choices

TRIED = ("materials", "fee")
"""Aspects that are told beside the tree of situations while it is tried."""


@dataclass(frozen=True)
class Preview:
    answer: Answer
    told: Unit | None
    """The unit that answers: of a day or a place it may be another one than the one that is written; None, none."""
    tried: tuple[dict[str, str], ...] = ()
    """What holds in the situation that was chosen: `{"aspect", "name", "text"}`."""


def preview(
    unit: Unit,
    aspect: str | None,
    shelf: Shelf,
    occasion: Occasion,
    region: str | None = None,
    choices: Choices | None = None,
) -> Preview:
    """The answer when the unit is what is meant.

    Args:
        shelf: what is published; the unit stands in it in the place of what is published of it.
        region: where the citizen is; None: not known.
        choices: what is known of the citizen's situation.
    """
    units = shelf.with_unit(unit)
    if divisions := to_ask(unit, region, occasion.day, units, occasion.regions):
        return Preview(region_question(unit, aspect, divisions), unit)
    here = unit_for(unit, region, occasion.day, units, occasion.regions)
    if here is None:
        return Preview(Answer("fallback", phrase("region_none", **occasion.fill()), aspect=aspect), None)
    told = current(here, occasion.day, units)
    known = still_valid(told, choices or {}) if isinstance(told, ServiceItem) else {}
    there = replace(occasion, at=region)
    answer = with_packages(word(told, aspect, 1.0, units, there, known), told, units, there)
    return Preview(answer, told, tuple(_tried(told, occasion, known)) if isinstance(told, ServiceItem) else ())


def _tried(item: ServiceItem, occasion: Occasion, choices: Choices) -> list[dict[str, str]]:
    if not item.situations:
        return []
    known = {key: value for key, value in choices.items() if key != ALL}
    return [
        {"aspect": aspect, "name": aspect_name(aspect), "text": body}
        for aspect in TRIED
        if (body := aspect_body(item, aspect, occasion.day, known))
    ]


def body_of(answer: Answer) -> dict[str, Any]:
    """The answer as the outbox will have it."""
    titles = [option.title for option in answer.options]
    return {
        "text": answer.text,
        "buttons": [{"title": title, "payload": title} for title in titles],
        "custom": {"answer": answer.payload()},
    }
