"""The figures of a soak as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soak_people import Answered, People
from soak_watch import MOST_AN_HOUR, Watch, growth, more

from tests.benchmarks.speed.timing import share


def report(people: People, watch: Watch, facts: Sequence[tuple[str, str]]) -> str:
    """What was sent and answered, and what each process and file did meanwhile."""
    kinds = ", ".join(f"{kind} {number}" for kind, number in people.kinds.most_common())
    listed = [
        *facts,
        ("sent / answered / lost", f"{people.sent} / {len(people.answered)} / {len(people.lost)}"),
        ("answers", kinds),
        ("said to be late, then answered", str(people.late)),
    ]
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in listed)]
    return "\n".join([*lines, "", *times(people.answered), "", *processes(watch), "", *files(watch)]) + "\n"


def times(answered: Sequence[Answered]) -> Iterator[str]:
    """Milliseconds to the answer by channel and by third of the time."""
    end = max(one.due for one in answered)
    yield "| milliseconds to the answer | p50 | p99 | most |"
    yield "| --- | --- | --- | --- |"
    for channel in sorted({one.channel for one in answered}):
        yield shares(channel, [one.milliseconds for one in answered if one.channel == channel])
    for number, name in enumerate(("first", "second", "last")):
        third = [one.milliseconds for one in answered if int(min(one.due / end * 3, 2.999)) == number]
        yield shares(f"{name} third", third)


def shares(name: str, values: Sequence[float]) -> str:
    return f"| {name} | {share(values, 0.5):.0f} | {share(values, 0.99):.0f} | {share(values, 1):.0f} |"


def processes(watch: Watch) -> Iterator[str]:
    yield f"After the first third; flat: at most {MOST_AN_HOUR:.0f} MB more allocated an hour, or noise."
    yield ""
    yield "| process | PSS, most, MB | allocated then | at the end | an hour | noise | flat | handles | threads |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for role, samples in watch.living().items():
        found, most = growth(samples), max(one.memory for one in samples)
        grown = f"{found.first:.0f} | {found.last:.0f} | {found.an_hour:+.1f} | ±{found.noise:.1f}"
        held = f"{counted([one.handles for one in samples])} | {counted([one.threads for one in samples])}"
        yield f"| {role} | {most:.0f} | {grown} | {'yes' if found.flat else '**no**'} | {held} |"


def counted(values: Sequence[int]) -> str:
    return f"{min(values)}–{max(values)} ({more(values):+d})"


def files(watch: Watch) -> Iterator[str]:
    yield "| file | first, MB | last | most |"
    yield "| --- | --- | --- | --- |"
    for name, sizes in watch.sizes.items():
        values = [size for _, size in sizes]
        yield f"| {name} | {values[0]:.1f} | {values[-1]:.1f} | {max(values):.1f} |"
