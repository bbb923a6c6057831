"""Units out of force are never answered from: what holds instead, or what to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from foundation.text import squash
from knowledge_base.answering.answer import Answer, Option
from knowledge_base.answering.aspect_wording import chinese_date
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.published import Published
from knowledge_base.answering.ranking import Candidate
from knowledge_base.model import Unit

AS_NEAR = 0.15
"""A unit in force whose score is this near to that of one out of force, which it replaces, is the one meant."""


def current(unit: Unit, day: date, snapshot: Published) -> Unit:
    """The older unit that is still in force while `unit` is to come; else `unit` itself."""
    return predecessor(unit, day, snapshot) or unit if to_come(unit, day) else unit


def to_come(unit: Unit, day: date) -> bool:
    return unit.effective_from is not None and day < unit.effective_from


def predecessor(unit: Unit, day: date, snapshot: Published) -> Unit | None:
    """The unit in force that `unit` will replace."""
    units = (one for one in snapshot.units.values() if one.successor == unit.id and one.kind == unit.kind)
    return next((one for one in units if one.in_force(day)), None)


def successor(unit: Unit, day: date, snapshot: Published) -> Unit | None:
    """What replaces an expired unit: the first in force of those that follow it, else the last of them."""
    seen, found = {unit.id}, None
    while unit.successor and unit.successor not in seen and (later := snapshot.get(unit.kind, unit.successor)):
        seen.add(later.id)
        unit = found = later
        if later.in_force(day):
            break
    return found


def prefer_in_force(candidates: Sequence[Candidate], day: date, snapshot: Published) -> tuple[Candidate, ...]:
    """The candidates without those out of force, but for a first one that nothing stands for: of it is told why."""
    kept = [one for one in candidates if snapshot.units[one.key].in_force(day)]
    first = candidates[0] if candidates else None
    if first is None or first in kept:
        return tuple(kept)
    unit = snapshot.units[first.key]
    instead = {unit.key for unit in (predecessor(unit, day, snapshot), successor(unit, day, snapshot)) if unit}
    for one in kept:
        twin = squash(snapshot.units[one.key].title) == squash(unit.title)
        if twin or (one.key in instead and one.score >= first.score - AS_NEAR):
            rest = (other for other in kept if other is not one)
            return (one._replace(confidence=max(one.confidence, first.confidence)), *rest)
    return (first, *kept)


def announced(unit: Unit, day: date, snapshot: Published) -> str | None:
    """Of a unit in force: from when which other one takes its place."""
    later = snapshot.get(unit.kind, unit.successor)
    if later is None or later.effective_from is None or not to_come(later, day):
        return None
    return phrase("replaced_on", date=chinese_date(later.effective_from), successor=later.title)


def out_of_force(unit: Unit, aspect: str | None, confidence: float, snapshot: Published, occasion: Occasion) -> Answer:
    """What is said of a unit that has expired or is to come; a successor in force can be chosen."""
    options: tuple[Option, ...] = ()
    fill = {**occasion.fill(), "title": unit.title}
    if unit.effective_from and to_come(unit, occasion.day):
        text = phrase("coming", date=chinese_date(unit.effective_from), **fill)
    else:
        assert unit.effective_to is not None
        expired = chinese_date(unit.effective_to)
        later = successor(unit, occasion.day, snapshot)
        if later is not None and later.in_force(occasion.day):
            text = phrase("expired_successor", date=expired, successor=later.title, **fill)
            options = (Option.of(later),)
        elif later is not None and later.effective_from and to_come(later, occasion.day):
            since = chinese_date(later.effective_from)
            text = phrase("expired_until", date=expired, successor=later.title, since=since, **fill)
        else:
            text = phrase("expired", date=expired, **fill)
    return Answer(
        kind="fallback",
        text=text,
        id=unit.id,
        aspect=aspect,
        title=unit.title,
        confidence=confidence,
        release=snapshot.release,
        options=options,
    )
