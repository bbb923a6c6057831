"""One aspect of a service item in words: today's value, what is coming, each situation under its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from knowledge_base.answering.entry_wording import contact, word_entry
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.situations import NOTHING, applicable
from knowledge_base.model import ServiceItem
from knowledge_base.model.values import Choices, Conditional, Contact

COMPOSED = ("overview", "process")
"""Aspects whose answer draws on several values."""
When = tuple[tuple[str, tuple[str, ...]], ...]
"""The situations in which an entry holds, each with the options that fit."""
MANY = re.compile("[、或，]")
"""A title that names several things itself."""
C = TypeVar("C", bound=Conditional)


def has_aspect(item: ServiceItem, aspect: str) -> bool:
    """Whether the item says anything on an aspect, by itself or by its sources."""
    if aspect == "basis":
        return item.has("basis") or bool(item.sources)
    if aspect in COMPOSED:
        return any(item.has(name) for name in ("overview", "process", "conditions", "materials"))
    if aspect == "hours":
        return item.has("hours") or item.has("place")
    return item.has(aspect)


def aspect_body(item: ServiceItem, aspect: str, day: date, choices: Choices = NOTHING) -> str:
    """Today's value, and the next one with the day from which it holds."""
    dated = getattr(item.aspects, aspect)
    if dated is None:
        return ""
    body = word_value(item, dated.on(day), choices)
    coming = dated.next_after(day)
    value = in_one_line(word_value(item, coming.value, choices)) if coming is not None else ""
    if value:
        body = f"{body}\n{phrase('next_value', date=chinese_date(coming.since), value=value)}".strip()
    return body


def word_value(item: ServiceItem, value: Any, choices: Choices) -> str:
    if value is None:
        return ""
    if isinstance(value, Contact):
        return contact(value)
    return side_by_side(item, applicable(item, value, choices), choices)


def side_by_side(item: ServiceItem, entries: Sequence[Conditional], choices: Choices) -> str:
    """Entries that hold anyway first, then those of each situation that is still open under its name."""
    blocks = []
    for when, group in grouped(entries, choices):
        lines = numbered([*filter(None, map(word_entry, group))])
        if when and lines:
            lines = [under_titles(item, when), *lines]
        blocks.append("\n".join(lines))
    return "\n".join(filter(None, blocks))


def grouped(entries: Sequence[C], choices: Choices) -> list[tuple[When, list[C]]]:
    """Entries by the situations that are still open, those that hold anyway first."""
    groups: dict[When, list[C]] = {}
    for entry in entries:
        still = {key: wanted for key, wanted in entry.when.items() if key not in choices}
        groups.setdefault(tuple(sorted(still.items())), []).append(entry)
    return sorted(groups.items(), key=lambda pair: bool(pair[0]))


def under_titles(item: ServiceItem, when: When) -> str:
    """The heading of what holds in a situation; empty for what holds anyway."""
    return phrase("item.situation", titles=phrase("item.separator").join(situation_titles(item, when))) if when else ""


def situation_titles(item: ServiceItem, when: When) -> list[str]:
    titles = {(one.id, option.id): option.title for one in item.situations for option in one.options}
    found = []
    for situation, options in when:
        names = [titles[(situation, option)] for option in options]
        plain = not any(MANY.search(name) for name in names)
        found.append(phrase("item.either" if plain else "item.either_long").join(names))
    return found


def in_one_line(body: str) -> str:
    """Several lines as one."""
    *before, last = body.split("\n")
    return "；".join((*(line.rstrip("。") for line in before), last))


def numbered(lines: Sequence[str]) -> list[str]:
    return list(lines) if len(lines) < 2 else [f"{number}. {line}" for number, line in enumerate(lines, 1)]


def chinese_date(day: date) -> str:
    return phrase("date", year=day.year, month=day.month, day=day.day)
