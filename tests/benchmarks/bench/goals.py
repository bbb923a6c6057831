"""What the project wants of its speed, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.benchmarks.speed import sizes
from tests.benchmarks.throughput.measure import CLIENTS, EARLY, LATE, Figures

SAME = 1.25
"""Turns that differ by less than this much take the same time, as far as one run can tell."""


class Goal(NamedTuple):
    name: str
    wanted: str
    measured: str
    met: bool


def of_throughput(systems: Sequence[Figures]) -> Iterator[Goal]:
    """Plain Rasa is the first of two; without it there is nothing to compare with."""
    ours = systems[-1]
    if len(systems) > 1:
        plain = systems[0]
        for mix, wanted, name in (("city", 5.0, "a city's mix"), ("new", 2.5, "every message new")):
            times = [ours.loads[mix, n].a_second / plain.loads[mix, n].a_second for n in CLIENTS]
            listed = ", ".join(f"{one:.1f} ×" for one in times)
            clients = ", ".join(str(n) for n in CLIENTS)
            yield Goal(
                f"messages/s beside plain Rasa, {name}, {clients} clients",
                f"≥ {wanted} ×",
                listed,
                min(times) >= wanted,
            )
    failed = sum(load.failed for load in ours.loads.values())
    yield Goal("messages not answered", "none", str(failed), failed == 0)
    yield Goal(
        f"turn {LATE} beside turn {EARLY}",
        "the same",
        f"{ours.late / ours.early:.2f} ×",
        ours.late <= SAME * ours.early,
    )
    assert ours.acknowledged is not None
    yield Goal("start to first acknowledgement", "≤ 2 s", f"{ours.acknowledged:.1f} s", ours.acknowledged <= 2)
    yield Goal("start to first answer", "≤ 10 s", f"{ours.start:.1f} s", ours.start <= 10)
    largest = max(size for name, size in ours.memory if name.startswith("worker"))
    yield Goal("memory of a worker (PSS)", "≤ 400 MB", f"{largest:.0f} MB", largest <= 400)


def of_sizes(small: sizes.Sized, large: sizes.Sized) -> Iterator[Goal]:
    times = sizes.ratio(small, large)
    yield Goal(f"{large.units:,} units beside {small.units:,}", "< 1.5 ×", f"{times:.2f} ×", times < 1.5)


def table(goals: Sequence[Goal]) -> str:
    """Markdown."""
    lines = ["| | goal | measured | met |", "| --- | --- | --- | --- |"]
    return "\n".join(
        [
            *lines,
            *(f"| {one.name} | {one.wanted} | {one.measured} | {'yes' if one.met else '**no**'} |" for one in goals),
        ]
    )
