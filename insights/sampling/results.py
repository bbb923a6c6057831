"""What a sample says: shares with the interval in which the whole period's share lies, 95 times of a hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal

Z = 1.959964
"""Of the normal distribution, for 95 %."""
Verdict = Literal["right", "partly", "wrong", "improper", "unclear"]
VERDICTS: tuple[Verdict, ...] = ("right", "partly", "wrong", "improper", "unclear")
"""正确, 部分正确, 错误, 不当, and 无法判断, which counts for nothing. In the order of their keys, 1 … 5."""


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Scored:
    """A line of a sample, as far as results need it."""

    speaker: str
    department: str
    verdict: Verdict | None


@dataclass(frozen=True)
class Share:
    """Of one stratum or several."""

    speaker: str
    department: str | None
    """None: all of them."""
    drawn: int
    verdicts: dict[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        """Lines with a verdict that counts."""
        return sum(count for name, count in self.verdicts.items() if name != "unclear")

    @property
    def waiting(self) -> int:
        return self.drawn - sum(self.verdicts.values())

    @property
    def right(self) -> float | None:
        """The share of answers that were right; None where none was judged."""
        return self.verdicts.get("right", 0) / self.judged if self.judged else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.verdicts.get("right", 0), self.judged)


def wilson(successes: int, trials: int) -> Interval | None:
    """The 95 % score interval of a proportion; None where nothing was tried.

    Strata are drawn in proportion, so that for several together it is a little wider than it need be.
    """
    if not trials:
        return None
    share, spread = successes / trials, Z * Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def results(lines: Iterable[Scored]) -> list[Share]:
    """Of each speaker altogether, then by department, in a steady order."""
    drawn: Counter[tuple[str, str | None]] = Counter()
    verdicts: dict[tuple[str, str | None], Counter[str]] = {}
    for line in lines:
        for key in ((line.speaker, None), (line.speaker, line.department)):
            drawn[key] += 1
            verdicts.setdefault(key, Counter())
            if line.verdict is not None:
                verdicts[key][line.verdict] += 1
    order = sorted(drawn, key=lambda key: (key[0] != "robot", key[0], key[1] is not None, key[1] or ""))
    return [
        Share(speaker, department, drawn[key], dict(verdicts[key])) for key in order for speaker, department in [key]
    ]
