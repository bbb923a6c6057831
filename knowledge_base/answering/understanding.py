"""What a message means: kind of talk, aspect, and the units it may be about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose
from knowledge_base.answering.classifier import counts
from knowledge_base.answering.context import Context
from knowledge_base.answering.examples import PLACEHOLDER
from knowledge_base.answering.kind_of_talk import kind_of_talk
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from knowledge_base.answering.ranking import Candidate, rank
from knowledge_base.model import UnitKey
from knowledge_base.search.names import Mention
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import Snapshot

LONGEST = 500
"""Characters of a message that are read; the rest of a novel seldom says what is asked."""
CANDIDATES = 20
SURE_ASPECT = 0.4


@dataclass(frozen=True)
class Understanding:
    """One message as understood on one release. JSON in, JSON out: Rasa carries it in the parse result."""

    text: str
    """Normalised, at most LONGEST characters."""
    kind: str
    """The kind of talk: ask, ask_office, status, greet …, an intent of data/nlu."""
    kind_confidence: float
    aspect: str | None
    aspect_confidence: float
    has_topic: bool
    """False for 那多少钱, which names no topic of its own."""
    chosen: Option | None
    candidates: tuple[Candidate, ...]
    release: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "kind": self.kind,
            "kind_confidence": self.kind_confidence,
            "aspect": self.aspect,
            "aspect_confidence": self.aspect_confidence,
            "has_topic": self.has_topic,
            "chosen": self.chosen.to_dict() if self.chosen else None,
            "candidates": [
                [one.key.kind, one.key.id, one.family, one.score, list(one.features), one.confidence]
                for one in self.candidates
            ],
            "release": self.release,
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
            tuple(
                Candidate(UnitKey(kind, id), family, score, Features(*features), confidence)
                for kind, id, family, score, features, confidence in raw["candidates"]
            ),
            raw["release"],
        )


def understand(message: str, context: Context, snapshot: Snapshot, models: LanguageModels) -> Understanding:
    """Read a message of a conversation against one release. Never raises on any text."""
    text = numerals(normalise(message)[:LONGEST])
    question = strip_fillers(text)
    if not question.strip():
        return Understanding(text, "empty", 1.0, None, 0.0, False, None, (), snapshot.release)
    topic = models.topic(question, snapshot.tools.words)
    query = snapshot.query(question, topic)
    mentions = [mention for part in snapshot.mentions(question) for mention in part]
    blanked = blank(question, mentions)

    counted = counts([blanked])
    kind = models.kind.rank_counted(counted)
    aspect = models.aspect.rank_counted(counted)[0]
    chosen = choose(text, context.offered)
    offered = {UnitKey(option.kind, option.id) for option in context.offered}
    spoken_of = UnitKey(context.topic_kind, context.topic_id) if context.topic_kind and context.topic_id else None
    candidates = rank(snapshot.search(query), snapshot.tools.ranker, spoken_of, offered)

    has_topic = bool(mentions) or bool(topic)
    name, confidence = kind_of_talk(kind, text, chosen, has_topic, candidates[0].confidence if candidates else 0.0)
    known = aspect.name != NO_ASPECT and aspect.probability >= SURE_ASPECT
    return Understanding(
        text=text,
        kind=name,
        kind_confidence=confidence,
        aspect=aspect.name if known else None,
        aspect_confidence=aspect.probability,
        has_topic=has_topic,
        chosen=chosen,
        candidates=tuple(candidates[:CANDIDATES]),
        release=snapshot.release,
    )


def blank(text: str, mentions: list[Mention]) -> str:
    """Put the placeholder where names stand, so that a name's own words do not tell kind or aspect."""
    for mention in sorted(mentions, key=lambda one: -one.start):
        if PLACEHOLDER not in text[mention.start : mention.end]:
            text = text[: mention.start] + PLACEHOLDER + text[mention.end :]
    return text
