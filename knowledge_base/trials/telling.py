"""What is wrong with an answer that a content test asks for, in sentences for the staff (faults.yml)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from foundation.words import Words
from knowledge_base.answering.phrases import aspect_name
from knowledge_base.model import ASPECTS, KINDS, UnitKey
from knowledge_base.trials.expectations import Expectation, Fault
from knowledge_base.trials.outcomes import Outcome

_words = Words(Path(__file__).with_name("faults.yml"))

Name = Callable[[UnitKey], str]
"""Names a unit for whoever reads it."""


def answer_names() -> dict[str, str]:
    """The kinds of answers, each in words."""
    names: dict[str, str] = _words.entry("answers")
    return names


def answer_name(kind: str | None) -> str:
    """A kind of answer in words."""
    return answer_names().get(kind or "", kind or nothing())


def aspect_words(aspect: str | None) -> str:
    return aspect_name(aspect) if aspect in ASPECTS else aspect or nothing()


def nothing() -> str:
    """In place of what is not there."""
    return _words.say("faults.nothing")


def fault(found: Fault, expect: Expectation, name: Name = str) -> str:
    """What is not as it must be."""
    values = {"expected": _named(found.part, found.expected), "found": _named(found.part, found.found)}
    if found.part == "id" and expect.kind in KINDS:
        values["expected"] = name(UnitKey(expect.kind, found.expected))
        if found.found is not None:
            values["found"] = name(UnitKey(expect.kind, found.found))
    return _words.say(f"faults.{found.part}", **values)


def failure(outcome: Outcome, name: Name = str) -> str:
    """A test that fails: its number, what it asks, and all that is not as it must be."""
    test = outcome.test
    faults = "；".join(fault(one, test.expect, name) for one in outcome.faults)
    return _words.say("failure", number=test.id, question=test.turns[-1], faults=faults)


def _named(part: str, value: str | None) -> str:
    if part == "kind":
        return answer_name(value)
    return aspect_words(value) if part == "aspect" else value or nothing()
