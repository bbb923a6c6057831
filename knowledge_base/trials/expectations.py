"""What an answer must be, and what is wrong with one that is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from foundation.text import squash
from knowledge_base.answering.answer import Answer
from knowledge_base.model import UnitKey

FROM_UNITS = ("item", "faq", "package", "referral", "office")
KINDS = (*FROM_UNITS, "options", "fallback", "form", "handover", "status", "complaint", "emergency", "smalltalk")
"""Kinds of answers that may be expected."""


class Fault(NamedTuple):
    """One respect in which an answer is not as expected."""

    part: Literal["kind", "id", "aspect", "contains", "lacks"]
    expected: str
    found: str | None
    """What stands there instead; None for texts."""


@dataclass(frozen=True)
class Expectation:
    """What is None or empty is not looked at."""

    kind: str | None = None
    id: str | None = None
    aspect: str | None = None
    contains: tuple[str, ...] = ()
    """Each of these must stand in the answer's text; blanks, marks and width do not count."""
    lacks: tuple[str, ...] = ()
    """None of these may."""

    @classmethod
    def of(cls, answer: Answer) -> Expectation:
        """The expectation that this answer, and no other unit's or aspect's, is given."""
        return cls(answer.kind, answer.id, answer.aspect)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Expectation:
        texts = (tuple(raw.get(name) or ()) for name in ("contains", "lacks"))
        return cls(raw.get("kind"), raw.get("id"), raw.get("aspect"), *texts)

    def to_dict(self) -> dict[str, Any]:
        """As the table keeps it: without what is not looked at."""
        raw: dict[str, Any] = {"kind": self.kind, "id": self.id, "aspect": self.aspect}
        raw |= {"contains": list(self.contains), "lacks": list(self.lacks)}
        return {name: value for name, value in raw.items() if value}

    @property
    def unit(self) -> UnitKey | None:
        """The unit that must answer."""
        return UnitKey(self.kind, self.id) if self.kind in FROM_UNITS and self.id else None

    def faults(self, answer: Answer) -> tuple[Fault, ...]:
        """In which respects an answer is not as expected; empty where it is."""
        found = {"kind": answer.kind, "id": answer.id, "aspect": answer.aspect}
        wanted = {"kind": self.kind, "id": self.id, "aspect": self.aspect}
        wrong = [Fault(part, want, found[part]) for part, want in wanted.items() if want and want != found[part]]  # type: ignore[arg-type]
        text = squash(answer.text)
        wrong += [Fault("contains", words, None) for words in self.contains if squash(words) not in text]
        wrong += [Fault("lacks", words, None) for words in self.lacks if squash(words) in text]
        return tuple(wrong)
