"""python -m tests.benchmarks.throughput [--seconds S] [--folder DIR] [--workers N] [--epochs N] [--without-rasa]

Plain Rasa and Zhengwu, one after the other on one machine with one load generator, and the ratios. A folder that is
given is kept: what was trained and filled there is used again. `--epochs` only tries the benchmark: plain Rasa learns
less.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from foundation.settings import get_settings
from tests.benchmarks.throughput.measure import Figures, measure
from tests.benchmarks.throughput.ours import Zhengwu
from tests.benchmarks.throughput.plain_rasa import PlainRasa
from tests.benchmarks.throughput.table import table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.throughput")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--without-rasa", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        print(table(compare(folder, chosen)))


def compare(folder: Path, chosen: argparse.Namespace) -> Sequence[Figures]:
    def tell(text: str) -> None:
        print(f"  {text}", flush=True)

    ours = Zhengwu(folder / "zhengwu", get_settings(), chosen.workers)
    tell("Zhengwu: content")
    ours.fill()
    units = ours.units()
    found = []
    if not chosen.without_rasa:
        plain = PlainRasa(units, folder, chosen.epochs)
        tell("plain Rasa: training")
        plain.train()
        figures = measure("plain Rasa", plain.served(), units, chosen.seconds, folder, tell)
        figures.training = plain.trained_in
        found.append(figures)
    found.append(measure("Zhengwu", ours.served(), units, chosen.seconds, folder, tell))
    return found


if __name__ == "__main__":
    main()
