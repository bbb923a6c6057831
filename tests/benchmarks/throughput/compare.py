"""Both systems, one after the other on one machine with one load generator."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from foundation.settings import get_settings
from tests.benchmarks.throughput.measure import Figures, Tell, measure
from tests.benchmarks.throughput.ours import Zhengwu
from tests.benchmarks.throughput.plain_rasa import PlainRasa
from tests.benchmarks.throughput.trivial import limit


def options(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--seconds", type=float, default=20, help="of each load")
    parser.add_argument("--workers", type=int, default=1, help="of plain Rasa, and of Zhengwu")
    parser.add_argument("--epochs", type=int, help="of plain Rasa: fewer, to try the benchmark")
    parser.add_argument("--without-rasa", action="store_true")


def compare(chosen: argparse.Namespace, tell: Tell) -> Sequence[Figures]:
    """Plain Rasa, unless it is left out, and Zhengwu. What was trained and filled is kept in `chosen.folder`."""
    folder: Path = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    tell(f"the load generator can do {limit(folder):.0f} messages/s")
    ours = Zhengwu(folder, get_settings(), chosen.workers)
    tell("Zhengwu: content")
    ours.fill()
    units = ours.units()
    found = []
    if not chosen.without_rasa:
        plain = PlainRasa(units, folder, chosen.workers, chosen.epochs)
        tell("plain Rasa: training, unless that was done; about half an hour")
        plain.train()
        figures = measure("plain Rasa", plain.served(), units, chosen.seconds, folder, tell)
        figures.training = plain.trained_in
        figures.changed = plain.trained_in + figures.start if plain.trained_in is not None else None
        found.append(figures)
    found.append(measure("Zhengwu", ours.served(), units, chosen.seconds, folder, tell))
    return found
