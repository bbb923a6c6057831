"""Units that are called the same, told apart: nobody can choose between equal names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from knowledge_base.answering.answer import Option
from knowledge_base.answering.phrases import phrase
from knowledge_base.model import ServiceItem, Unit
from knowledge_base.model.values import Material

ASPECTS = ("conditions", "materials", "process", "place")
"""In the order in which people recognise their own case in them."""
LONGEST = 24


def told_apart(units: Sequence[Unit], day: date) -> tuple[Option, ...]:
    """The options of units; those with equal titles say in brackets what theirs alone has.

    That is the department, whom it is for, or the first condition, document, step or place that none of the others
    names. One that has nothing of its own is the ordinary case.
    """
    options = [Option.of(unit) for unit in units]
    same: dict[str, list[int]] = defaultdict(list)
    for place, option in enumerate(options):
        same[option.title].append(place)
    for title, places in same.items():
        if len(places) > 1:
            for place, own in zip(places, _own([units[place] for place in places], day)):
                options[place] = replace(options[place], title=phrase("namesake", title=title, own=own))
    return tuple(options)


def _own(units: Sequence[Unit], day: date) -> Iterator[str]:
    said = [list(dict.fromkeys(_says(unit, day))) for unit in units]
    for place, texts in enumerate(said):
        others = {text for n, one in enumerate(said) if n != place for text in one}
        yield next((text for text in texts if text not in others), phrase("namesake_ordinary"))


def _says(unit: Unit, day: date) -> Iterator[str]:
    """What may be said of a unit in brackets, shortest and most telling first."""
    yield from filter(None, (unit.department,))
    if not isinstance(unit, ServiceItem):
        return
    yield from unit.audience
    for aspect in ASPECTS:
        dated = getattr(unit.aspects, aspect)
        for entry in (dated.on(day) or ()) if dated else ():
            text: str = entry.name if isinstance(entry, Material) else entry.text
            if isinstance(entry, Material):
                text = phrase("namesake_document", document=text)
            yield text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
