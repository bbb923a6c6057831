"""From evidence to candidates: one score a unit, and the probability that the best one is meant."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from knowledge_base.model import Faq, UnitKey
from knowledge_base.search.snapshot import Features, Hit

WEIGHTS = Features(asked=1.0, passage=1.0, grams=0.5, words=0.25, named=0.25)
WEIGHTS_WITHOUT_ENCODER = Features(asked=0.0, passage=0.0, grams=1.0, words=0.7, named=0.5)
TOPIC_BONUS = 0.02
OFFERED_BONUS = 0.15


class Candidate(NamedTuple):
    """A unit that may be meant. `confidence`: how probable it is that this unit is the one meant."""

    key: UnitKey
    family: str
    """The service item it belongs to, or itself: members of one family do not compete."""
    score: float
    features: Features
    confidence: float


@dataclass(frozen=True)
class Calibration:
    """Turns the best score and its lead into a probability (logistic; fitted on development questions)."""

    intercept: float
    score: float
    lead: float

    def probability(self, score: float, lead: float) -> float:
        return 1 / (1 + math.exp(-(self.intercept + self.score * score + self.lead * lead)))


ENCODED = Calibration(intercept=-31.0, score=15.5, lead=14.0)
LEXICAL = Calibration(intercept=-3.2, score=5.5, lead=6.0)


def rank(
    hits: Sequence[Hit], encoded: bool, topic: UnitKey | None = None, offered: Collection[UnitKey] = ()
) -> list[Candidate]:
    """Order the hits by weighted evidence, and say how sure the best is.

    Args:
        encoded: whether a sentence encoder took part.
        topic: what the conversation is about; breaks near ties.
        offered: what the last turn offered; a reply mostly means one of them.
    """
    weights = WEIGHTS if encoded else WEIGHTS_WITHOUT_ENCODER
    scored: list[tuple[float, str, Hit]] = []
    for hit in hits:
        score = sum(weight * value for weight, value in zip(weights, hit.features))
        if hit.unit.key in offered:
            score += OFFERED_BONUS
        elif hit.unit.key == topic:
            score += TOPIC_BONUS
        scored.append((score, family(hit), hit))
    scored.sort(key=lambda row: (-row[0], row[2].unit.key))
    calibration = ENCODED if encoded else LEXICAL
    best_of: dict[str, float] = {}
    for score, name, _ in scored:
        best_of.setdefault(name, score)
    leaders = sorted(best_of.values(), reverse=True)
    candidates = []
    for score, name, hit in scored:
        rival = next((value for value in leaders if value != best_of[name]), 0.0)
        lead = score - (rival if score >= rival else leaders[0])
        confidence = calibration.probability(score, lead)
        candidates.append(Candidate(hit.unit.key, name, score, hit.features, confidence))
    return candidates


def family(hit: Hit) -> str:
    unit = hit.unit
    return f"item:{unit.item}" if isinstance(unit, Faq) and unit.item else str(unit.key)
