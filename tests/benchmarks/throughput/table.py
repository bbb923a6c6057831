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
            lines.append(row(f"ms of a core for each, {label}", [one.processor[kind, clients] for one in systems]))
            if any(load.failed for load in loads):
                lines.append(row(f"not answered, {label}", [load.failed for load in loads]))
        lines.append(words(f"answers, {KINDS[kind]}", [kinds(one, kind) for one in systems]))
    lines.append(row("start to first acknowledgement, s", [one.acknowledged for one in systems]))
    lines.append(row("start to first answer, s", [one.start for one in systems]))
    lines.append(row("training, s", [one.training for one in systems]))
    lines.append(row("a changed answer is live after, s", [one.changed for one in systems]))
    lines.append(row(f"turn {EARLY} of a conversation, ms", [one.early for one in systems]))
    lines.append(row(f"turn {LATE}, ms", [one.late for one in systems]))
    lines.append(row("memory of all processes, MB (PSS)", [sum(size for _, size in one.memory) for one in systems]))
    lines.append(words("of these", [", ".join(f"{name} {size:.0f}" for name, size in one.memory) for one in systems]))
    return "\n".join(lines)


def row(label: str, values: Sequence[float | None]) -> str:
    first, last = values[0], values[-1]
    ratio = f"{last / first:.2f}" if len(values) > 1 and first and last is not None else ""
    return f"| {label} | {' | '.join('–' if one is None else f'{one:.1f}' for one in values)} | {ratio} |"


def words(label: str, values: Sequence[str]) -> str:
    return f"| {label} | {' | '.join(values)} | |"


def kinds(figures: Figures, mix: str) -> str:
    """The share of each kind of answer, of all that this mix got."""
    counted: dict[str, int] = {}
    for (name, _), load in figures.loads.items():
        for kind, number in load.kinds.items() if name == mix else ():
            counted[kind] = counted.get(kind, 0) + number
    total = sum(counted.values())
    return ", ".join(
        f"{kind} {number / total:.0%}" for kind, number in sorted(counted.items(), key=lambda one: -one[1])
    )
