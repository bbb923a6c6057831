"""How much each kind of evidence for a unit is worth, and how probable it makes that the unit is meant."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)


class Features(NamedTuple):
    """What speaks for one unit; the fields are those of `segment.Evidence`."""

    asked: float
    topic: float
    passage: float
    like_grams: float
    like_words: float
    text_grams: float
    text_words: float
    covered: float
    named: float


@dataclass(frozen=True)
class Ranker:
    """Weights of evidence, and a logistic regression on the signs of being right (`signs`)."""

    weights: tuple[float, ...]
    signs: tuple[float, ...]
    intercept: float

    def score(self, features: Features) -> float:
        return sum(weight * value for weight, value in zip(self.weights, features))

    def probability(self, score: float, lead: float) -> float:
        """That a candidate which leads its rivals by `lead` is the one meant."""
        odds = self.intercept + sum(w * sign for w, sign in zip(self.signs, signs(score, lead)))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """Read what `save` wrote."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(raw["weights"]), tuple(raw["signs"]), raw["intercept"])


def signs(score: float, lead: float) -> list[float]:
    """What tells a right first candidate from a wrong one: how good it is, and by how much it is the best."""
    return [score, min(lead, 1.0), math.sqrt(max(lead, 0.0))]


ENCODED, BY_WORDS = "ranker.json", "ranker-by-words.json"

DEFAULT = Ranker((2.6, 1.3, 2.6, 0.8, 0.3, 0.8, 0.3, 0.5, 0.5), (0.82, 1.18, 2.99), -7.7)
DEFAULT_BY_WORDS = Ranker((0.0, 0.0, 0.0, 2.7, 1.4, 1.4, 0.8, 1.4, 1.4), (0.9, 1.2, 3.0), -4.5)


def load_ranker(model_dir: Path, encoded: bool) -> Ranker:
    """The ranker that was learned for evidence with or without an encoder; a plain one where nothing was learned."""
    path = model_dir / (ENCODED if encoded else BY_WORDS)
    try:
        return Ranker.load(path)
    except FileNotFoundError:
        log.warning("%s is missing: ranking with plain weights; run `make setup` (or `zhengwu train`)", path)
        return DEFAULT if encoded else DEFAULT_BY_WORDS
