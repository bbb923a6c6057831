"""From evidence to candidates: one score a unit, and the probability that it is the one meant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.search.ranker import Features, Ranker, signs
from knowledge_base.search.snapshot import Hit

TOPIC_BONUS = 0.05
OFFERED_BONUS = 0.5
SAME_QUESTION = 0.999
"""Likeness from which a question stands word for word among those of a unit."""
SURE = 0.97
"""How probable that makes the unit, where no other has the same one: the ranker learns from questions that are left
out of the index, so it has never seen one that is in it."""


class Candidate(NamedTuple):
    """A unit that may be meant."""

    key: UnitKey
    family: str
    """The service item it belongs to, or itself: members of one family do not compete."""
    score: float
    features: Features
    confidence: float
    """How probable it is that this unit's family is the one meant."""
    among: float
    """How probable it is that the one meant is among the first few families; the same for all."""


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
    chances, among = chances_of(scored, ranker)
    same = {name for _, name, hit in scored if hit.features.like_grams >= SAME_QUESTION}
    candidates = []
    for score, name, hit in scored:
        confidence = chances[name]
        if same == {name}:
            confidence, among = max(confidence, SURE), max(among, SURE)
        candidates.append(Candidate(hit.unit.key, name, score, hit.features, confidence, among))
    return candidates


def chances_of(scored: Sequence[tuple[float, str, Hit]], ranker: Ranker) -> tuple[dict[str, float], float]:
    """How probable each family is, and that the right one is among the first few; `scored` is sorted."""
    leaders: dict[str, float] = {}
    evidence: dict[str, list[Features]] = {}
    for score, name, hit in scored:
        leaders.setdefault(name, score)
        evidence.setdefault(name, []).append(hit.features)
    ordered = list(leaders.values())
    chances, among = {}, 0.0
    for place, (name, score) in enumerate(leaders.items()):
        found = signs(score, best_of(evidence[name]), [*ordered[:place], *ordered[place + 1 :]])
        chances[name] = ranker.right.probability(found)
        if place == 0:
            among = ranker.among.probability(found)
    return chances, among


def best_of(members: Sequence[Features]) -> Features:
    """The best evidence of a family's members, kind by kind."""
    return Features(*map(max, zip(*members)))


def family_of(unit: Unit) -> str:
    """A service item and its FAQs are one family."""
    return f"item:{unit.item}" if isinstance(unit, Faq) and unit.item else str(unit.key)
