"""The situation tree 情形 of an item: what applies to this citizen, and what has to be asked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from knowledge_base.answering.answer import Option
from knowledge_base.model import ServiceItem
from knowledge_base.model.item import Situation
from knowledge_base.model.values import Choices, Conditional

SITUATION = "situation"
"""The kind of an option that answers a situation's question; its id is `<situation>=<option>`."""
ALL = "*"
"""The id of the option 都说说, and its key among the choices: the citizen wants all situations side by side."""
NOTHING: Choices = {}

C = TypeVar("C", bound=Conditional)


def applicable(item: ServiceItem, entries: Sequence[C], choices: Choices) -> tuple[C, ...]:
    """The entries that nothing known of the citizen rules out."""
    tree = {one.id: one for one in item.situations}
    return tuple(entry for entry in entries if _applies(entry, choices, tree, frozenset()))


def _applies(entry: Conditional, choices: Choices, tree: Mapping[str, Situation], above: frozenset[str]) -> bool:
    """Also false where the situation that an entry depends on does not come up."""
    return entry.applies(choices) and all(
        _applies(tree[key], choices, tree, above | {key}) for key in entry.when if key in tree and key not in above
    )


def open_situation(item: ServiceItem, entries: Sequence[Conditional], choices: Choices) -> Situation | None:
    """The first question of the tree whose answer changes which of the entries apply; None where nothing is open."""
    if ALL in choices:
        return None
    for one in item.situations:
        if one.id in choices or any(choices.get(key) not in wanted for key, wanted in one.when.items()):
            continue
        outcomes = [applicable(item, entries, {**choices, one.id: option.id}) for option in one.options]
        if any(outcome != outcomes[0] for outcome in outcomes):
            return one
    return None


def decided(item: ServiceItem, entries: Sequence[Conditional], choices: Choices) -> list[Situation]:
    """The situations whose known answer matters: another one would have another of these entries told."""
    told = applicable(item, entries, choices)
    return [
        one
        for one in item.situations
        if one.id in choices
        and any(applicable(item, entries, {**choices, one.id: option.id}) != told for option in one.options)
    ]


def entries_of(item: ServiceItem, aspect: str, day: date) -> tuple[Conditional, ...]:
    """The values of an aspect that hold on a day; of 怎么办 all that its answer draws on."""
    names = {
        "overview": ("overview", "process", "conditions", "materials", "duration", "fee", "place"),
        "process": ("overview", "process"),
        "hours": ("hours",) if item.has("hours") else ("place",),
    }.get(aspect, (aspect,))
    found: list[Conditional] = []
    for name in names:
        dated = getattr(item.aspects, name)
        value: Any = dated.on(day) if dated else None
        found += value if isinstance(value, tuple) else ()
    return tuple(found)


def options_of(situation: Situation) -> tuple[Option, ...]:
    """What a citizen may answer."""
    return tuple(Option(one.title, f"{situation.id}={one.id}", SITUATION) for one in situation.options)


def with_choice(choices: Choices, option: Option) -> Choices:
    """What is known once `option`, of kind situation, was picked."""
    situation, _, chosen = option.id.partition("=")
    if situation == ALL:
        return {ALL: ALL}
    return {**{key: value for key, value in choices.items() if key != ALL}, situation: chosen}


def still_valid(item: ServiceItem, choices: Choices) -> dict[str, str]:
    """Without what this release of the item does not ask any more."""
    known = {(one.id, option.id) for one in item.situations for option in one.options}
    return {key: value for key, value in choices.items() if key == ALL or (key, value) in known}
