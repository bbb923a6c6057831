"""What a unit said in a release, on a day, to citizens in each situation: its answers worded again, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from itertools import islice, product

from sqlalchemy.engine import Connection

from knowledge_base.answering.aspect_wording import aspect_body, in_one_line
from knowledge_base.answering.item_wording import heading
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.overview_wording import material_names
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.situations import NOTHING
from knowledge_base.answering.wording import plain_text, word_item
from knowledge_base.model import ASPECTS, Package, ServiceItem, Unit, UnitKey
from knowledge_base.model.values import Choices
from knowledge_base.store import releases

MOST_SITUATIONS = 200
"""Combinations that are looked at; items have a dozen."""
NUMBER = re.compile(r"^\d+\. ")
TITLE = re.compile("【.*】")
"""A line that says for which situation those below it hold."""
SHORT = ("duration", "fee", "place")
"""What an overview tells in one line."""

Lines = tuple[str, ...]


class Pages:
    """A release to word answers from, as answering.published.Published describes one; units are read when asked for."""

    packages: Mapping[str, tuple[Package, ...]] = {}

    def __init__(self, tx: Connection, release: int) -> None:
        self._tx, self.release = tx, release
        self._known: dict[UnitKey, Unit | None] = {}

    def get(self, kind: str, id: str | None) -> Unit | None:
        key = UnitKey(kind, id or "")
        if key not in self._known:
            found = releases.find(self._tx, self.release, key)
            self._known[key] = found.unit if found else None
        return self._known[key]

    @cached_property
    def units(self) -> Mapping[UnitKey, Unit]:
        """The service items, among which what holds in the stead of a package's step is looked for."""
        return {stored.unit.key: stored.unit for stored in releases.stream(self._tx, self.release, "item")}


class Instead(Pages):
    """A release in which one unit is as in another release."""

    def __init__(self, pages: Pages, key: UnitKey, now: Pages) -> None:
        super().__init__(pages._tx, pages.release)
        self._pages, self._key, self._now = pages, key, now

    def get(self, kind: str, id: str | None) -> Unit | None:
        key = UnitKey(kind, id or "")
        return (self._now if key == self._key else self._pages).get(kind, id)

    @cached_property
    def units(self) -> Mapping[UnitKey, Unit]:
        unit = self.get(self._key.kind, self._key.id)
        others = {key: one for key, one in self._pages.units.items() if key != self._key}
        return others if unit is None else {**others, self._key: unit}


def lines_of(text: str) -> Lines:
    """The lines of a text that say something, without their numbers, which change when one is added before them."""
    return tuple(filter(None, (NUMBER.sub("", line.strip()) for line in text.splitlines())))


def said(
    pages: Pages,
    key: UnitKey,
    aspect: str | None,
    day: date,
    occasion: Occasion,
    choices: Choices = NOTHING,
    announcing: bool = True,
) -> Lines:
    """What a unit answers, without heading and manners; nothing where the release does not hold it on that day.

    `announcing`: also from when something else holds.
    """
    unit = pages.get(key.kind, key.id)
    if unit is None or not unit.in_force(day):
        return ()
    on_that_day = replace(occasion, day=day, now=None, here=None, asked="", asks_back=False)
    if not isinstance(unit, ServiceItem):
        return _statements(plain_text(unit, aspect, pages, on_that_day)[0])
    unit, aspect = unit if announcing else on_the_day(unit, day), aspect or "overview"
    found = _statements(word_item(unit, aspect, 1.0, pages, on_that_day, choices).text)
    return tuple(line for line in found if line != heading(unit, aspect))


def on_the_day(unit: ServiceItem, day: date) -> ServiceItem:
    """The item as it holds on a day, with nothing that is to come."""
    values = {name: value for name, value in unit.aspects if value is not None}
    held = {
        name: value.copy(update={"dated": tuple(one for one in value.dated if (one.since or day) <= day)})
        for name, value in values.items()
    }
    return unit.copy(update={"aspects": unit.aspects.copy(update=held)})


def in_full(pages: Pages, key: UnitKey, day: date, choices: Choices = NOTHING) -> frozenset[str]:
    """All that an item holds, in long and in short: what an overview leaves out is not wrong for that."""
    unit = pages.get(key.kind, key.id)
    if not isinstance(unit, ServiceItem):
        return frozenset()
    bodies: dict[str, str] = {aspect: aspect_body(unit, aspect, day, choices) for aspect in ASPECTS}
    short = [phrase(f"item.{name}_short", value=in_one_line(bodies[name])) for name in SHORT]
    texts = (*bodies.values(), *short, material_names(unit, day, choices))
    return frozenset(line for text in texts for line in lines_of(text))


def situations(unit: Unit | None) -> Iterator[Choices]:
    """What may have been known of the citizen: nothing at first, then each answer to each question of the unit."""
    if not isinstance(unit, ServiceItem):
        yield NOTHING
        return
    answers = [[None, *(option.id for option in one.options)] for one in unit.situations]
    for picked in islice(product(*answers), MOST_SITUATIONS):
        yield {one.id: id for one, id in zip(unit.situations, picked) if id is not None}


def _statements(text: str) -> Lines:
    return tuple(line for line in lines_of(text) if not line.startswith(_manners()))


@lru_cache(maxsize=1)
def _manners() -> tuple[str, ...]:
    """How lines begin that only lead on."""
    labels = ("conditions_short", "materials_short", "process_short", "ask_on", "told_for", "told_for_others")
    values = dict.fromkeys(("aspects", "chosen", "others"), "\n")
    lines = [phrase(f"item.{name}", **values) for name in labels]
    lines += [phrase("package.ask_on"), phrase("package.ask_one")]
    return tuple(line.split("\n")[0] for line in lines)
