"""Content tests and how answers come about, in words for the staff (trials.yml)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from console.pages import TEMPLATES
from foundation.words import Words
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.phrases import aspect_name
from knowledge_base.editing.differences import pieces
from knowledge_base.model import ASPECTS, KINDS, Unit, UnitKey
from knowledge_base.trials import telling
from knowledge_base.trials.content_tests import ContentTest
from knowledge_base.trials.expectations import KINDS as ANSWERS
from knowledge_base.trials.expectations import Expectation, Fault
from knowledge_base.trials.telling import answer_name, answer_names, aspect_words

if TYPE_CHECKING:
    from knowledge_base.trials.tracing import Trace

_words = Words(Path(__file__).with_name("trials.yml"))
word, entry = _words.say, _words.entry

Titles = Mapping[UnitKey, str]


def titles_of(units: Mapping[UnitKey, Unit]) -> Titles:
    return {key: unit.title for key, unit in units.items()}


def keys_of(tests: Iterable[ContentTest]) -> set[UnitKey]:
    """All units of which tests speak."""
    return {key for test in tests for key in test.units}


def unit_name(key: UnitKey, titles: Titles) -> str:
    """A unit for a person: its kind and title; its id, where there is no such unit."""
    return f"{entry('units').get(key.kind, key.kind)}“{titles.get(key, key.id)}”"


def expectation(expect: Expectation, titles: Titles) -> list[str]:
    """What must be, a line for each requirement."""
    lines = []
    if expect.unit is not None:
        lines.append(word("expects.unit", unit=unit_name(expect.unit, titles)))
    else:
        lines += [word("expects.kind", kind=answer_name(expect.kind))] if expect.kind else []
        lines += [word("expects.id", id=expect.id)] if expect.id else []
    lines += [word("expects.aspect", aspect=aspect_words(expect.aspect))] if expect.aspect else []
    lines += [word("expects.contains", text=text) for text in expect.contains]
    return lines + [word("expects.lacks", text=text) for text in expect.lacks]


def fault(found: Fault, expect: Expectation, titles: Titles) -> str:
    """What is not as it must be."""
    return telling.fault(found, expect, lambda key: unit_name(key, titles))


def answered(answer: Answer) -> str:
    """How a question was answered, in one line."""
    parts = [answer_name(answer.kind)]
    parts += [f"“{answer.title}”"] if answer.title else []
    parts += [f" · {aspect_words(answer.aspect)}"] if answer.aspect else []
    return "".join(parts)


def reason(found: Trace) -> str:
    """Why a question was answered as it was."""
    said, answer = found.told.said, found.told.answer
    first = found.weighed[0] if found.weighed else None
    if first is None and found.reason in ("unsure", "validity", "among"):
        return word("reasons.nothing")
    return word(
        f"reasons.{found.reason}",
        kind=named("kinds", said.kind),
        kind_sure=percent(said.kind_confidence),
        chosen=said.chosen.title if said.chosen else "",
        told=answer.title or "",
        first=first.unit.title if first else "",
        sure=percent(first.candidate.confidence if first else 0.0),
        among=percent(first.candidate.among if first else 0.0),
        at=percent(found.threshold),
    )


def named(group: str, key: str) -> str:
    """The words of a key, or the key itself."""
    return str(entry(group).get(key, key))


def percent(probability: float) -> str:
    """So that nothing looks certain that is not, nor impossible."""
    return f"{min(max(probability, 0.001), 0.999):.1%}"


def kept(expect: Expectation, answer: Answer, part: Literal["contains", "lacks"]) -> list[str]:
    """Of the texts that an answer must have, or must not, those of which that is true."""
    wrong = {one.expected for one in expect.faults(answer) if one.part == part}
    return [text for text in getattr(expect, part) if text not in wrong]


TEMPLATES.globals |= {
    "trial_words": entry,
    "trial_say": word,
    "trial_expectation": expectation,
    "trial_fault": fault,
    "trial_unit": unit_name,
    "answered": answered,
    "answer_names": answer_names,
    "pieces": pieces,
    "kept": kept,
    "named": named,
    "percent": percent,
    "aspect_words": aspect_words,
    "answer_kinds": ANSWERS,
    "unit_kinds": KINDS,
    "aspects": [(aspect, aspect_name(aspect)) for aspect in ASPECTS],
}
