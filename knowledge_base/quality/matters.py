"""Matters: which item a unit speaks of, and what is said of one matter in two ways."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from foundation.text import squash
from knowledge_base.findings import WORDS, Finding, entries, found, overlap, sentences, squash_all
from knowledge_base.model import Faq, Office, Referral, ServiceItem, Unit, UnitKey
from knowledge_base.quality import disagreements, facts
from knowledge_base.quality.rewriting import reworded

NUMBER = re.compile(r"\d+(?:[.-]\d+)*")
LEAST_WORDS = 6
"""Characters beside the numbers, without which two sentences are not known to speak of the same."""
SHORTEST_NAME = 4


def between(units: Sequence[Unit]) -> Iterator[Finding]:
    """Where the units of one matter contradict each other, or an item its own texts."""
    items = {unit.id: unit for unit in units if isinstance(unit, ServiceItem)}
    known_phones = frozenset(_phones(units))
    filled = {id: disagreements.filled_in(item) for id, item in items.items()}
    names = Names(items.values())
    spoken: defaultdict[UnitKey, list[Unit]] = defaultdict(list)
    for unit in units:
        if isinstance(unit, ServiceItem):
            spoken[unit.key].append(unit)
            yield from disagreements.within(unit, known_phones)
        elif isinstance(unit, Faq):
            item = items.get(unit.item) if unit.item else names.item_of(unit)
            spoken[item.key if item else unit.key].append(unit)
            if item and overlap(unit.region, item.region):
                yield from disagreements.of_faq(unit, item, filled[item.id], known_phones)
    for together in spoken.values():
        yield from _sentences_with_two_numbers(sorted(together, key=lambda unit: (unit.kind != "item", unit.id)))
    yield from _namesakes(items)


class Names:
    """The names of items, to be found in questions."""

    def __init__(self, items: Iterable[ServiceItem]) -> None:
        held: defaultdict[str, dict[str, ServiceItem]] = defaultdict(dict)
        for item in items:
            for name in map(squash, item.names()):
                if len(name) >= SHORTEST_NAME:
                    held[name][item.id] = item
        self._items = {name: next(iter(found.values())) for name, found in held.items() if len(found) == 1}
        self._lengths = sorted({len(name) for name in self._items}, reverse=True)

    def item_of(self, faq: Faq) -> ServiceItem | None:
        """The item that a question names; None where it names none, or several."""
        if not self._items:
            return None
        text = squash(faq.question)
        found: dict[str, ServiceItem] = {}
        at = 0
        while at < len(text):
            for length in self._lengths:
                if item := self._items.get(text[at : at + length]):
                    found[item.id] = item
                    at += length - 1
                    break
            at += 1
        return next(iter(found.values())) if len(found) == 1 else None


def _phones(units: Iterable[Unit]) -> Iterator[str]:
    """The telephone numbers that are filled in anywhere: halls', bodies', items'."""
    for unit in units:
        if isinstance(unit, (Office, Referral)) and unit.phone:
            yield from facts.phones(facts.plain(unit.phone)) or [unit.phone]
        if isinstance(unit, ServiceItem):
            for aspect, _, entry in entries(unit):
                if aspect == "contact":
                    yield from filter(None, (entry.phone, entry.complaint_phone))


def _sentences_with_two_numbers(units: Sequence[Unit]) -> Iterator[Finding]:
    """Sentences of one matter that are the same but for one number. (For more, they may be lines of a table.)"""
    seen: dict[tuple[Any, ...], tuple[Unit, str, list[str]]] = {}
    for unit in units:
        for field, sentence, case in _said(unit):
            text = facts.plain(sentence)
            numbers = NUMBER.findall(text)
            words = squash(NUMBER.sub("", text)) if numbers else ""
            if len(words) < LEAST_WORDS:
                continue
            marked = squash(NUMBER.sub("#", text)), len(numbers), case
            other, their, theirs = seen.setdefault(marked, (unit, sentence, numbers))
            differing = [pair for pair in zip(numbers, theirs) if pair[0] != pair[1]]
            if len(differing) != 1 or not overlap(unit.region, other.region):
                continue
            judged = sorted((sentence, their))
            if other is unit:
                yield found("same_sentence", unit.key, field, judged=judged, one=their, two=sentence)
            else:
                repair = reworded(unit, field, sentence, their) if isinstance(other, ServiceItem) else None
                said = {"one": sentence, "two": their}
                rule, key = "sentence_of_other", other.key
                yield found(rule, unit.key, field, judged=judged, other=key, repair=repair, **said)


def _said(unit: Unit) -> Iterator[tuple[str, str, Any]]:
    """Sentences with their fields, and the case for which an item says them."""
    if not isinstance(unit, ServiceItem):
        yield from ((field, sentence, ()) for field, sentence in sentences(unit))
        return
    for aspect, since, entry in entries(unit):
        case = (since, *sorted(getattr(entry, "when", {}).items())), getattr(entry, "name", None)
        for text in (getattr(entry, "text", None), getattr(entry, "note", None)):
            plain_case = () if case == ((None,), None) else case
            yield from (
                (f"aspects.{aspect}", part, plain_case) for part in re.split(r"[。！？；\n]+", text or "") if part
            )


def _namesakes(items: Mapping[str, ServiceItem]) -> Iterator[Finding]:
    """Items with a name in common, of which each says otherwise what it costs, how long it takes, whom to call."""
    named: defaultdict[str, list[ServiceItem]] = defaultdict(list)
    said = [(item, name) for item in items.values() for name in dict.fromkeys(item.names())]
    for (item, _), plain in zip(said, squash_all([name for _, name in said])):
        named[plain].append(item)
    told: set[tuple[str, str]] = set()
    for together in named.values():
        for one, two in combinations(together, 2):
            if one.id == two.id or (one.id, two.id) in told or not overlap(one.region, two.region):
                continue
            told.add((one.id, two.id))
            yield from _values_differ(two, one)


def _values_differ(unit: ServiceItem, other: ServiceItem) -> Iterator[Finding]:
    ours, theirs = disagreements.filled_in(unit), disagreements.filled_in(other)
    sides = {
        "fee": [[disagreements.yuan(amount) for amount in sorted(one.amounts)] for one in (ours, theirs)],
        "days": [[disagreements.span(*pair) for pair in sorted(one.promised)] for one in (ours, theirs)],
        "phone": [sorted(one.phones) for one in (ours, theirs)],
    }
    for about, (one, two) in sides.items():
        if one and two and set(one).isdisjoint(two):
            name = WORDS.content["about"][about]
            values = {"about": name, "one": "、".join(one), "two": "、".join(two)}
            aspect = {"fee": "fee", "days": "duration", "phone": "contact"}[about]
            judged = name, *sorted((one, two), key=str)
            yield found("values_differ", unit.key, f"aspects.{aspect}", other=other.key, judged=judged, **values)
