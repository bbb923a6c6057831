"""The figures of the systems side by side, with ratios."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.speed.timing import share
from tests.benchmarks.throughput.measure import CLIENTS, EARLY, LATE, MIXES, Figures

KINDS = {"city": "a city's mix", "new": "every message new"}


def table(systems: Sequence[Figures]) -> str:
    """Markdown; the last column says how many times the first system's figure the last one's is."""
    names = [one.name for one in systems]
    lines = [f"| | {' | '.join(names)} | ratio |", f"| --- | {'--- | ' * (len(names) + 1)}".rstrip()]
    for kind in MIXES:
        for clients in CLIENTS:
            loads = [one.loads[kind, clients] for one in systems]
            label = f"{KINDS[kind]}, {clients} client{'s' if clients > 1 else ''}"
            lines.append(row(f"messages/s, {label}", [load.a_second for load in loads]))
            for part in (0.5, 0.99):
                shares = [share(load.milliseconds, part) for load in loads]
                lines.append(row(f"p{part * 100:.0f} ms, {label}", shares))
            if any(load.failed for load in loads):
                lines.append(row(f"not answered, {label}", [load.failed for load in loads]))
    lines.append(row("start to first answer, s", [one.start for one in systems]))
    lines.append(row(f"turn {EARLY} of a conversation, ms", [one.early for one in systems]))
    lines.append(row(f"turn {LATE}, ms", [one.late for one in systems]))
    lines.append(row("memory of all processes, MB (PSS)", [sum(one.memory.values()) for one in systems]))
    lines += [f"| {one.name}: {name}, MB | {size:.0f} | |" for one in systems for name, size in one.memory.items()]
    lines += [f"| {one.name}: training, s | {one.training:.0f} | |" for one in systems if one.training is not None]
    return "\n".join(lines)


def row(label: str, values: Sequence[float]) -> str:
    ratio = f"{values[-1] / values[0]:.2f}" if len(values) > 1 and values[0] else ""
    return f"| {label} | {' | '.join(f'{value:.1f}' for value in values)} | {ratio} |"
