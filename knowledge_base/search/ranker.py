"""How much each kind of evidence for a unit is worth, and how probable it makes that the unit is meant."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from operator import mul
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from foundation.errors import ConfigError

log = logging.getLogger(__name__)


class Features(NamedTuple):
    """What speaks for one unit; the fields are those of `segment.Evidence`."""

    asked: float
    said: float
    like_grams: float
    text_grams: float
    covered: float
    subject: float
    named: float


@dataclass(frozen=True)
class Odds:
    """A logistic regression on `Signs`."""

    weights: tuple[float, ...]
    intercept: float

    def probability(self, signs: Signs) -> float:
        odds = self.intercept + sum(map(mul, self.weights, signs))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


class Signs(NamedTuple):
    """What tells a right candidate from a wrong one."""

    score: float
    lead: float
    """Root of its lead over the best rival; negative for one that is behind."""
    crowd: float
    """How far it stands above those that come after the first few: in a crowd, no one is meant."""
    asked: float
    said: float
    like_grams: float
    text_grams: float
    covered: float
    subject: float
    named: float


FEW = 4
"""As many candidates as are offered at most; those after them are the crowd."""
CROWD = 8
RIVALS = FEW - 1 + CROWD
"""Others that the signs of a candidate look at."""


@dataclass(frozen=True)
class Ranker:
    """Weights of evidence, and what the evidence says of being right."""

    weights: tuple[float, ...]
    right: Odds
    """That a candidate is the one meant."""
    among: Odds
    """That the one meant is among the first few, asked of the first candidate's signs."""

    def score(self, features: Features) -> float:
        return self.scores([features])[0]

    def scores(self, evidence: Sequence[Features]) -> list[float]:
        """The weighted evidence of each unit."""
        numbers = np.fromiter(chain.from_iterable(evidence), np.float64)  # np.array looks at each tuple for long
        table = numbers.reshape(-1, len(self.weights))
        weighted: list[float] = (table @ np.array(self.weights)).tolist()
        return weighted

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Ranker:
        """Read what `save` wrote.

        Raises:
            ConfigError: it is not a ranker of this version.
        """
        raw = json.loads(path.read_text(encoding="utf-8"))
        right, among = (Odds(tuple(raw[name]["weights"]), raw[name]["intercept"]) for name in ("right", "among"))
        found = cls(tuple(raw["weights"]), right, among)
        counts = (len(found.weights), len(right.weights), len(among.weights))
        if counts != (len(Features._fields), len(Signs._fields), len(Signs._fields)):
            raise ConfigError(f"{path} was learned by another version: run `zhengwu train`")
        return found


def signs(score: float, features: Features, others: Sequence[float]) -> Signs:
    """The signs of one candidate.

    Args:
        features: the best evidence of its family, kind by kind.
        others: the scores of the other families, best first.
    """
    lead = score - others[0] if others else 1.0
    crowd = others[FEW - 1 : FEW - 1 + CROWD] or others[-1:] or (score - 1.0,)
    return Signs(
        score,
        math.copysign(math.sqrt(abs(lead)), lead),
        score - sum(crowd) / len(crowd),
        features.asked,
        features.said,
        features.like_grams,
        features.text_grams,
        features.covered,
        features.subject,
        features.named,
    )


Level = Literal["sentences", "word-vectors", "words"]
"""What the meaning of a question is judged by: a sentence encoder, the vectors of its words, or words alone."""
FILES: dict[Level, str] = {
    "sentences": "ranker.json",
    "word-vectors": "ranker-by-word-vectors.json",
    "words": "ranker-by-words.json",
}

DEFAULT = Ranker(
    (2.9, 4.4, 0.8, 1.0, 0.4, 0.3, 0.4),
    Odds((-9.6, 7.2, 5.5, 64.0, 76.0, 0.0, 0.0, 1.3, 3.6, 5.7), -62.5),
    Odds((-7.8, 0.5, 8.5, 67.0, 57.0, 0.0, 0.0, 2.6, 4.4, 6.6), -61.2),
)
DEFAULT_BY_WORD_VECTORS = Ranker(
    (1.0, 1.0, 1.0, 1.0, 0.5, 0.3, 0.5),
    Odds((-3.9, 3.5, 2.8, 5.4, 3.6, 0.0, 0.0, 1.0, 2.6, 3.4), -4.9),
    Odds((-2.6, 0.2, 3.3, 5.0, 1.9, 0.0, 0.0, 1.7, 2.2, 3.9), -3.7),
)
DEFAULT_BY_WORDS = Ranker(
    (0.0, 0.0, 3.0, 3.2, 1.2, 0.5, 1.6),
    Odds((-0.7, 2.8, 1.1, 0.0, 0.0, 0.0, 0.0, -0.2, 1.4, 1.3), -2.7),
    Odds((-0.2, 0.2, 1.7, 0.0, 0.0, 0.0, 0.0, -0.2, 1.4, 2.3), -1.9),
)


PLAIN: dict[Level, Ranker] = {"sentences": DEFAULT, "word-vectors": DEFAULT_BY_WORD_VECTORS, "words": DEFAULT_BY_WORDS}


def load_ranker(model_dir: Path, level: Level) -> Ranker:
    """The ranker that was learned for this kind of evidence; a plain one where nothing was learned."""
    path = model_dir / FILES[level]
    try:
        return Ranker.load(path)
    except FileNotFoundError:
        log.warning("%s is missing: ranking with plain weights; run `make setup` (or `zhengwu train`)", path)
        return PLAIN[level]
