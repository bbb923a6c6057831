"""What is measured of a system under load, whichever it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

from knowledge_base.model import Unit
from tests.benchmarks.throughput import mix
from tests.benchmarks.throughput.load import Measured, elsewhere
from tests.benchmarks.throughput.process import Served, ask

CLIENTS = (1, 8, 32)
MOST_A_SECOND = 600
"""So many messages are made ready for each second of load."""
EARLY, LATE, AROUND = 5, 500, 5
Tell = Callable[[str], None]
MIXES: dict[str, Callable[[Sequence[Unit], int], Iterator[str]]] = {"city": mix.city, "new": mix.never_twice}


@dataclass
class Figures:
    name: str
    start: float = 0.0
    """Seconds from the command to the first answer."""
    loads: dict[tuple[str, int], Measured] = field(default_factory=dict)
    """By mix and clients."""
    memory: dict[str, float] = field(default_factory=dict)
    early: float = 0.0
    late: float = 0.0
    """Milliseconds of a turn early and late in one conversation."""
    training: float | None = None


def measure(
    name: str, served: AbstractContextManager[Served], units: Sequence[Unit], seconds: float, folder: Path, tell: Tell
) -> Figures:
    """Start a system, load it, and look at it."""
    found, questions = Figures(name), mix.frequent(units)
    with served as system:
        found.start = system.first_answer(questions[0])
        tell(f"{name}: first answer after {found.start:.1f} s")
        for text in questions[:30]:  # not counted: caches of the libraries fill
            ask(system.address, "warm", text)
        for seed, (kind, messages) in enumerate(MIXES.items(), 1):
            for clients in CLIENTS:
                ready = list(islice(messages(units, 100 * seed + clients), int(MOST_A_SECOND * seconds)))
                one = elsewhere(system.address, clients, seconds, ready, folder)
                found.loads[kind, clients] = one
                tell(f"{name}: {kind}, {clients} clients: {one.a_second:.1f}/s, {one.failed} not answered")
        found.early, found.late = long_conversation(system, units)
        tell(f"{name}: turn {EARLY} {found.early:.1f} ms, turn {LATE} {found.late:.1f} ms")
        found.memory = system.memory()
    return found


def long_conversation(system: Served, units: Sequence[Unit]) -> tuple[float, float]:
    """Milliseconds of a turn early and late in one conversation; the median of some around it."""
    took = []
    for text in islice(mix.city(units, 7), LATE + AROUND):
        began = time.perf_counter()
        ask(system.address, "long", text)
        took.append((time.perf_counter() - began) * 1000)
    return median(took[EARLY - 3 : EARLY + AROUND]), median(took[LATE - AROUND :])
