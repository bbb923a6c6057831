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
from tests.benchmarks.throughput.load import TALK, Measured, elsewhere
from tests.benchmarks.throughput.process import Served, ask

CLIENTS = (1, 8, 32)
MOST_A_SECOND = 600
"""So many messages are made ready for each second of load."""
WARM_UP = 1200
"""Messages of a city's mix before the first load: each of its frequent questions has been asked some times by then, as
in an office that is open."""
EARLY, LATE, TIMES = 5, 500, 15
Tell = Callable[[str], None]
MIXES: dict[str, Callable[[Sequence[Unit], int], Iterator[str]]] = {"city": mix.city, "new": mix.never_twice}


@dataclass
class Figures:
    name: str
    acknowledged: float | None = None
    """Seconds from the command to the first acknowledgement; None where there is none before the answer."""
    start: float = 0.0
    """Seconds from the command to the first answer."""
    loads: dict[tuple[str, int], Measured] = field(default_factory=dict)
    """By mix and clients."""
    processor: dict[tuple[str, int], float] = field(default_factory=dict)
    """Milliseconds of a core that a message of that load took, in all processes together."""
    memory: list[tuple[str, float]] = field(default_factory=list)
    """Each process and its megabytes, after the load."""
    early: float = 0.0
    late: float = 0.0
    """Milliseconds of a turn early and late in a conversation."""
    training: float | None = None
    changed: float | None = None
    """Seconds until a changed answer is live."""


def measure(
    name: str, served: AbstractContextManager[Served], units: Sequence[Unit], seconds: float, folder: Path, tell: Tell
) -> Figures:
    """Start a system, load it, and look at it. Each system gets the same messages in the same order."""
    found = Figures(name)
    with served as system:
        found.acknowledged = system.first_acknowledgement()
        found.start = system.first_answer(mix.frequent(units)[0])
        tell(f"{name}: first answer after {found.start:.1f} s")
        for number, text in enumerate(islice(mix.city(units, 1), WARM_UP)):  # not counted
            ask(system.address, f"warm-{number // TALK}", text)
        for seed, (kind, messages) in enumerate(MIXES.items(), 1):
            for clients in CLIENTS:
                ready = list(islice(messages(units, 90 * seed + clients), int(MOST_A_SECOND * seconds)))
                worked = system.processor()
                one = elsewhere(system.address, clients, seconds, ready, folder)
                found.loads[kind, clients] = one
                found.processor[kind, clients] = (system.processor() - worked) * 1000 / max(one.answered, 1)
                tell(f"{name}: {kind}, {clients} clients: {one.a_second:.1f}/s, {one.failed} not answered")
        found.memory = system.memory()
        found.early, found.late = long_conversation(system, units)
        tell(f"{name}: turn {EARLY} {found.early:.1f} ms, turn {LATE} {found.late:.1f} ms")
        if system.change is not None:
            found.changed = system.change(system.address)
            tell(f"{name}: a change is live after {found.changed:.1f} s")
    return found


def long_conversation(system: Served, units: Sequence[Unit]) -> tuple[float, float]:
    """Milliseconds of a turn early and late in a conversation: medians of turns that take turns with each other."""
    messages = mix.city(units, 7)

    def turn(sender: str) -> float:
        began = time.perf_counter()
        ask(system.address, sender, next(messages))
        return (time.perf_counter() - began) * 1000

    for _ in range(LATE - 1):
        turn("long")
    early, late = list[float](), list[float]()
    for number in range(TIMES):
        for _ in range(EARLY - 1):
            turn(f"short-{number}")
        early.append(turn(f"short-{number}"))
        late.append(turn("long"))
    return median(early), median(late)
