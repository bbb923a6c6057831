"""The tables of a comparison: who was right how often, and what that cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from bot.scoring import wilson

Meaning = tuple[str, str | None]
"""Kind of talk and aspect."""
Verdicts = Mapping[str, Sequence[bool]]
"""By name, which of the sentences that count were understood rightly."""


@dataclass
class Outcome:
    """What a contender cost, and what it said."""

    training: Mapping[str, float]
    """Seconds, and seconds of CPU."""
    model: Path
    probes: list[dict[str, Any]] = field(default_factory=list)
    """What tests.benchmarks.probe wrote, each time."""

    def median(self, measure: Callable[[dict[str, Any]], float]) -> float:
        """Over the probes: other work on the machine disturbs one more than the other."""
        return float(np.median([measure(probe) for probe in self.probes]))


COSTS: dict[str, Callable[[Outcome], float]] = {
    "training, s": lambda one: one.training["seconds"],
    "training, s of CPU": lambda one: one.training["cpu"],
    "model file, MB": lambda one: one.model.stat().st_size / 2**20,
    "start to first answer, s": lambda one: one.median(lambda probe: probe["ready_at"] - probe["began_at"]),
    "start to first answer, s of CPU": lambda one: one.median(lambda probe: probe["ready_cpu"]),
    "memory once Rasa is imported, MB": lambda one: one.median(lambda probe: probe["imported"]),
    "memory after the first answer, MB": lambda one: one.median(lambda probe: probe["memory"]),
    "memory after all sentences, MB": lambda one: one.median(lambda probe: probe["memory_after"]),
    "parse, p50 ms": lambda one: one.median(lambda probe: np.percentile(probe["milliseconds"], 50)),
    "parse, p95 ms": lambda one: one.median(lambda probe: np.percentile(probe["milliseconds"], 95)),
    "parse, mean ms of CPU": lambda one: one.median(lambda probe: probe["parse_cpu"]),
}


def measures(
    said: Mapping[str, Sequence[Meaning]], wanted: Sequence[Meaning], without_aspect: Sequence[str]
) -> dict[str, Verdicts]:
    """Judge what each said. Those `without_aspect` were not taught any: nothing is said of theirs."""

    def judge(counts: Callable[[Meaning], bool], whole: bool) -> Verdicts:
        return {
            name: [
                told == want if whole else told[0] == want[0] for told, want in zip(all_told, wanted) if counts(want)
            ]
            for name, all_told in said.items()
            if not (whole and name in without_aspect)
        }

    return {
        "kind of talk": judge(lambda want: True, whole=False),
        "kind of talk, all but questions": judge(lambda want: want[0] != "ask", whole=False),
        "emergencies recognised": judge(lambda want: want[0] == "emergency", whole=False),
        "questions: kind and aspect": judge(lambda want: want[0] == "ask", whole=True),
        "all: kind and aspect": judge(lambda want: True, whole=True),
    }


def quality_table(judged: Mapping[str, Verdicts], names: Sequence[str]) -> Iterator[str]:
    """Markdown: shares with their 95 % intervals."""
    yield "| | " + " | ".join(names) + " |"
    yield "| --- |" + " ---: |" * len(names)
    for measure, verdicts in judged.items():
        total = len(next(iter(verdicts.values())))
        cells = [share(verdicts[name]) if name in verdicts else "–" for name in names]
        yield f"| {measure} ({total}) | " + " | ".join(cells) + " |"


def share(flags: Sequence[bool]) -> str:
    low, high = wilson(sum(flags), len(flags))
    return f"{sum(flags) / len(flags):.1%} [{low:.1%}, {high:.1%}]"


def differences(judged: Mapping[str, Verdicts], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[str]:
    """Where only one of two is right, and how probable so uneven a division is between equals (sign test)."""
    for measure, verdicts in judged.items():
        for mine, other in product(ours, theirs):
            if other in verdicts:
                pairs = list(zip(verdicts[mine], verdicts[other]))
                more = sum(a and not b for a, b in pairs)
                less = sum(b and not a for a, b in pairs)
                chance = binomtest(more, more + less).pvalue if more + less else 1.0
                yield f"{measure}: only {mine} {more}, only {other} {less} (p = {chance:.2g})"


def cost_table(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Markdown: what each cost, and how many times what the first one did."""
    first, *others = outcomes
    yield f"| | {first} | " + " | ".join(f"{name} | ÷ {first}" for name in others) + " |"
    yield "| --- |" + " ---: |" * (1 + 2 * len(others))
    for measure, cost in COSTS.items():
        base, *rest = [cost(outcome) for outcome in outcomes.values()]
        yield (
            f"| {measure} | {number(base)} | " + " | ".join(f"{number(one)} | {one / base:.1f}" for one in rest) + " |"
        )


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
