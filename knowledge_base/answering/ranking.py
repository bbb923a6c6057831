"""From evidence to candidates: one score a unit, and the probability that it is the one meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.search.ranker import Features, Ranker
from knowledge_base.search.snapshot import Hit

TOPIC_BONUS = 0.05
OFFERED_BONUS = 0.5
SAME_QUESTION = 0.999
"""Likeness from which a question stands word for word among those of a unit."""
SURE = 0.97
"""How probable that makes the unit, where no other has the same one: the ranker learns from questions that are left
out of the index, so it has never seen one that is in it."""


class Candidate(NamedTuple):
    """A unit that may be meant. `confidence`: how probable it is that this unit is the one meant."""

    key: UnitKey
    family: str
    """The service item it belongs to, or itself: members of one family do not compete."""
    score: float
    features: Features
    confidence: float


def rank(
    hits: Sequence[Hit], ranker: Ranker, topic: UnitKey | None = None, offered: Collection[UnitKey] = ()
) -> list[Candidate]:
    """Order the hits by weighted evidence, and say how sure each is.

    Args:
        topic: what the conversation is about; breaks near ties.
        offered: what the last turn offered; a reply mostly means one of them.
    """
    scored: list[tuple[float, str, Hit]] = []
    for hit in hits:
        score = ranker.score(hit.features)
        if hit.unit.key in offered:
            score += OFFERED_BONUS
        elif hit.unit.key == topic:
            score += TOPIC_BONUS
        scored.append((score, family_of(hit.unit), hit))
    scored.sort(key=lambda row: (-row[0], row[2].unit.key))
    best_of: dict[str, float] = {}
    for score, name, _ in scored:
        best_of.setdefault(name, score)
    leaders = list(best_of.items())
    same = {name for _, name, hit in scored if hit.features.like_grams >= SAME_QUESTION}
    candidates = []
    for score, name, hit in scored:
        rival = next((value for other, value in leaders if other != name), score - 1)
        confidence = ranker.probability(score, score - rival)
        if same == {name} and hit.features.like_grams >= SAME_QUESTION:
            confidence = max(confidence, SURE)
        candidates.append(Candidate(hit.unit.key, name, score, hit.features, confidence))
    return candidates


def family_of(unit: Unit) -> str:
    """A service item and its FAQs are one family."""
    return f"item:{unit.item}" if isinstance(unit, Faq) and unit.item else str(unit.key)
