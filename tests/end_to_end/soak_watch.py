"""What processes hold while time goes by: memory, file handles, threads, files; and whether it grows.

Growth is the slope through all pairs of samples (Theil and Sen), which single jumps do not move. The first third
is left out: caches fill, libraries load what they need. What counts is what a process has allocated: libraries and
other files are shared with programs that have nothing to do with it, and their part changes when these come and go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

from scipy.stats import theilslopes

from tests.benchmarks.throughput.process import proportional

MOST_AN_HOUR = 20.0
"""Megabytes."""
NOISE = 4.0
"""What is within so many median deviations from the line is noise."""


class Sample(NamedTuple):
    at: float
    """Seconds since the beginning."""
    memory: float
    """Megabytes (PSS: what is shared counts in parts)."""
    allocated: float
    """Megabytes of these that do not lie in files."""
    handles: int
    threads: int


class Growth(NamedTuple):
    first: float
    last: float
    """Megabytes on the line at the end of the first third and at the end of all."""
    an_hour: float
    noise: float
    """Megabytes by which samples lie off the line: the median, times NOISE."""

    @property
    def flat(self) -> bool:
        return self.an_hour <= MOST_AN_HOUR or self.last - self.first <= self.noise


class Watch:
    """Samples of all processes by role and pid, and of files by name (megabytes)."""

    def __init__(self, roles: Callable[[], dict[int, str]], files: Sequence[Path]) -> None:
        self._roles, self._files = roles, files
        self.processes: dict[tuple[str, int], list[Sample]] = defaultdict(list)
        self.sizes: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def look(self, at: float) -> None:
        for pid, role in self._roles().items():
            with suppress(OSError):  # it has just ended
                allocated = proportional(pid, "Pss_Anon")
                sample = Sample(at, proportional(pid), allocated, handles(pid), threads(pid))
                self.processes[role, pid].append(sample)
        for file in self._files:
            size = file.stat().st_size if file.exists() else 0
            self.sizes[file.name].append((at, size / 1e6))

    def living(self) -> dict[str, list[Sample]]:
        """By role, the samples after the first third of each process that was there all that time."""
        end = max(samples[-1].at for samples in self.processes.values())
        found = {}
        for (role, _), samples in sorted(self.processes.items()):
            later = [one for one in samples if one.at >= end / 3]
            if later and later[-1].at >= 0.95 * end and later[0].at <= end / 2:
                found[role] = later
        return found


def growth(samples: Sequence[Sample]) -> Growth:
    """How what is allocated grows. Needs two samples at least."""
    at = [one.at for one in samples]
    slope, start, _, _ = theilslopes([one.allocated for one in samples], at)
    off = median(abs(one.allocated - (start + slope * one.at)) for one in samples)
    return Growth(start + slope * at[0], start + slope * at[-1], slope * 3600, NOISE * off)


def handles(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def threads(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def more(values: Sequence[int]) -> int:
    """By how much the most of the last half is above the most of the first half."""
    half = len(values) // 2
    return max(values[half:]) - max(values[:half] or values)
