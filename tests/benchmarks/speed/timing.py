"""What things take: seconds, milliseconds of many calls, memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Times(NamedTuple):
    """Milliseconds of many calls, by the clock and of the processor."""

    clock: list[float]
    processor: list[float]

    def __str__(self) -> str:
        return f"{shares(self.clock)}   processor {shares(self.processor)}"


def each(call: Callable[[T], object], arguments: Iterable[T]) -> Times:
    """Call with each argument, one after the other."""
    times = Times([], [])
    for argument in arguments:
        began, worked = time.perf_counter(), time.thread_time()
        call(argument)
        times.processor.append((time.thread_time() - worked) * 1000)
        times.clock.append((time.perf_counter() - began) * 1000)
    return times


def share(times: Sequence[float], part: float) -> float:
    """The time that this part of the calls took at most."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] if times else float("nan")


def shares(times: Sequence[float]) -> str:
    return f"p50 {share(times, 0.5):6.2f}  p99 {share(times, 0.99):6.2f}  max {share(times, 1):6.1f} ms"


def resident() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def peak(who: int = resource.RUSAGE_SELF) -> float:
    """Megabytes that this process (or, of its children, the largest) held at most."""
    return resource.getrusage(who).ru_maxrss * 1024 / 1e6


def megabytes(folder: Path) -> float:
    """What the files below a folder take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
