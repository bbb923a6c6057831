"""What must be reached on the development sets, and the floor below which a test fails.

One table for `make eval`, which prints the target beside what was measured, and for
tests/end_to_end/test_answer_quality.py, which asserts the floors. A measure that must not exceed its target has
`at_most`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bot.scoring import Score


class Target(NamedTuple):
    questions: str
    """The name of the set."""
    measure: str
    target: float
    floor: float
    at_most: bool = False

    def missed(self, score: Score) -> bool:
        """Whether the floor (for `at_most`: the ceiling) is broken."""
        return score.value > self.floor if self.at_most else score.value < self.floor

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.target:.0%}"


TARGETS = (
    Target("utterances", "kind", 0.95, 0.93),
    Target("utterances", "single turn: item told or asked back for", 0.95, 0.90),
    Target("utterances", "single turn: item told directly", 0.86, 0.86),
    Target("utterances", "single turn: aspect where item right", 0.94, 0.88),
    Target("utterances", "single turn: asked back needlessly", 0.08, 0.14, at_most=True),
    Target("utterances", "multi turn: item told or asked back for", 0.85, 0.70),
    Target("utterances", "multi turn: aspect where item right", 0.85, 0.70),
    Target("utterances", "emergency: right kind", 1.0, 1.0),
    Target("procuratorate", "top-1", 0.82, 0.78),
    Target("procuratorate", "hit@3", 0.93, 0.89),
    Target("procuratorate", "wrong answers, of all questions", 0.05, 0.08, at_most=True),
    Target("procuratorate", "answered directly", 0.68, 0.63),
    Target("procuratorate", "unanswerable, near: not answered", 0.85, 0.80),
    Target("procuratorate", "unanswerable, far: not answered", 0.99, 0.96),
    Target("service-items", "all: item@1", 0.76, 0.72),
    Target("service-items", "all: item@3", 0.90, 0.85),
    Target("service-items", "all: item told directly", 0.60, 0.53),
    Target("service-items", "all: item told or asked back for", 0.86, 0.70),
    Target("service-items", "fallback: right kind", 0.88, 0.80),
)


def target_of(questions: str, measure: str) -> Target | None:
    return next((one for one in TARGETS if (one.questions, one.measure) == (questions, measure)), None)


def broken(questions: str, scores: Iterable[Score]) -> list[str]:
    """The floors of a set that are not held, in words."""
    return [
        f"{questions}: {score.name} {score} (floor {target.floor:.0%})"
        for score in scores
        if (target := target_of(questions, score.name)) is not None and target.missed(score)
    ]
