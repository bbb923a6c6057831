"""What was understood of a message: a value that goes through Rasa as JSON, from whoever reads to whoever answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge_base.answering.answer import Option
from knowledge_base.answering.ranking import Candidate
from knowledge_base.model import UnitKey
from knowledge_base.search.ranker import Features


@dataclass(frozen=True)
class Understanding:
    """One message as understood on one release. JSON in, JSON out: Rasa carries it in the parse result."""

    text: str
    """Normalised, and shortened where it was a novel."""
    kind: str
    """The kind of talk: ask, ask_office, status, greet …, an intent of data/nlu; or grievance, told by its words."""
    kind_confidence: float
    aspect: str | None
    aspect_confidence: float
    has_topic: bool
    """False for 那多少钱, which names no topic of its own."""
    chosen: Option | None
    candidates: tuple[Candidate, ...]
    release: int
    named: bool = False
    """Whether it names a unit outright."""
    topic: str = ""
    """Its words that may name what it is about."""
    follows: bool = False
    """Whether it was read together with the question before."""
    carries: bool = False
    """Whether it takes over the aspect of that question."""
    region: str | None = None
    """The administrative division that it names."""
    elsewhere: bool = False
    """Whether what is meant is only known for another division than the citizen's."""
    foreign: bool = False
    """Whether it names something of which the knowledge base does not speak."""
    further: tuple[tuple[str | None, tuple[Candidate, ...]], ...] = ()
    """Aspect and candidates of each further question in it; no candidates: of the same thing."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "kind": self.kind,
            "kind_confidence": self.kind_confidence,
            "aspect": self.aspect,
            "aspect_confidence": self.aspect_confidence,
            "has_topic": self.has_topic,
            "chosen": self.chosen.to_dict() if self.chosen else None,
            "candidates": raw_candidates(self.candidates),
            "release": self.release,
            "named": self.named,
            "topic": self.topic,
            "follows": self.follows,
            "carries": self.carries,
            "region": self.region,
            "elsewhere": self.elsewhere,
            "foreign": self.foreign,
            "further": [[aspect, raw_candidates(candidates)] for aspect, candidates in self.further],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Understanding:
        chosen = raw["chosen"]
        return cls(
            raw["text"],
            raw["kind"],
            raw["kind_confidence"],
            raw["aspect"],
            raw["aspect_confidence"],
            raw["has_topic"],
            Option(chosen["title"], chosen["id"], chosen["kind"]) if chosen else None,
            candidates_from(raw["candidates"]),
            raw["release"],
            raw["named"],
            raw["topic"],
            raw["follows"],
            raw["carries"],
            raw["region"],
            raw["elsewhere"],
            raw["foreign"],
            tuple((aspect, candidates_from(candidates)) for aspect, candidates in raw["further"]),
        )


def raw_candidates(candidates: Sequence[Candidate]) -> list[list[Any]]:
    return [[*one.key, *one[1:3], list(one.features), *one[4:]] for one in candidates]


def candidates_from(raw: Sequence[Sequence[Any]]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(UnitKey(kind, id), family, score, Features(*features), *sureness)
        for kind, id, family, score, features, *sureness in raw
    )
