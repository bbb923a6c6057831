"""Measures with the 95 % interval in which their true value lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS, SEED = 2000, 20261124
BINS = 10


@dataclass(frozen=True)
class Score:
    """One measure. `hits` is None for what is no share."""

    name: str
    value: float
    low: float
    high: float
    total: int
    hits: int | None = None

    def __str__(self) -> str:
        """`83.1%  [74.2%, 89.4%]  74/89`, or a dash where nothing was measured."""
        if not self.total:
            return "–"
        if self.hits is None:
            return f"{self.value:6.3f}  [{self.low:.3f}, {self.high:.3f}]  n = {self.total}"
        return f"{self.value:6.1%}  [{self.low:.1%}, {self.high:.1%}]  {self.hits}/{self.total}"


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, good for small samples too (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(name: str, flags: Sequence[bool]) -> Score:
    hits, total = sum(flags), len(flags)
    low, high = wilson(hits, total)
    return Score(name, hits / total if total else 0.0, low, high, total, hits)


def mean_reciprocal_rank(name: str, ranks: Sequence[int], deepest: int = 10) -> Score:
    """MRR of ranks that count from 1; 0 is not found."""
    gains = np.array([1 / rank if 1 <= rank <= deepest else 0.0 for rank in ranks])
    return resampled(name, len(gains), lambda rows: float(gains[rows].mean()))


def calibration_error(name: str, told: Sequence[tuple[float, bool]]) -> Score:
    """Expected calibration error over ten equal bins of (confidence, was it right)."""
    confidence = np.array([value for value, _ in told], dtype=float)
    right = np.array([flag for _, flag in told], dtype=float)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)

    def error(rows: npt.NDArray[np.int64]) -> float:
        gaps = np.bincount(bins[rows], confidence[rows] - right[rows], minlength=BINS)
        return float(np.abs(gaps).sum() / len(rows))

    return resampled(name, len(told), error)


def macro_f1(name: str, told: Sequence[str], wanted: Sequence[str]) -> Score:
    """F1 of each label that is wanted somewhere, averaged."""
    labels = sorted(set(wanted))
    said, true = np.array(told, dtype=object), np.array(wanted, dtype=object)

    def score(rows: npt.NDArray[np.int64]) -> float:
        return float(np.mean([f1(said[rows] == label, true[rows] == label) for label in labels]))

    return resampled(name, len(wanted), score)


def f1(said: npt.NDArray[np.bool_], true: npt.NDArray[np.bool_]) -> float:
    both = int((said & true).sum())
    either = int(said.sum() + true.sum())
    return 2 * both / either if either else 1.0


def resampled(name: str, total: int, measure: Callable[[npt.NDArray[np.int64]], float]) -> Score:
    """A measure of rows with its bootstrap interval; the same rows give the same interval."""
    if not total:
        return Score(name, 0.0, 0.0, 1.0, 0)
    random = np.random.default_rng(SEED)
    drawn = [measure(random.integers(0, total, total)) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Score(name, measure(np.arange(total)), float(low), float(high), total)
