"""python -m tests.benchmarks.bench [throughput|sizes|speed] [options of the part] — `make bench`, with BENCH="…"

Without a part: throughput beside plain Rasa, then a large knowledge base beside a small one, and the goals for both.
`speed` is the long one: 100,000 FAQs, encoded; it has its own options (tests/benchmarks/speed).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import date

from foundation.settings import ROOT
from tests.benchmarks.bench import goals
from tests.benchmarks.bench.kept import folder_option, say
from tests.benchmarks.bench.machine import commit, machine
from tests.benchmarks.speed import sizes
from tests.benchmarks.throughput import compare as throughput
from tests.benchmarks.throughput.table import table as systems_table

PARTS = ("throughput", "sizes")


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] == "speed":
        command = [sys.executable, "-m", "tests.benchmarks.speed", *arguments[1:]]
        return subprocess.run(command, cwd=ROOT).returncode
    part, rest = (arguments[0], arguments[1:]) if arguments and arguments[0] in PARTS else (None, arguments)
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    for module, name in ((throughput, "throughput"), (sizes, "sizes")):
        if part in (None, name):
            module.options(parser.add_argument_group(name))
    folder_option(parser)
    chosen = parser.parse_args(rest)
    on, text = f"{machine()}; commit {commit()}, {date.today()}", list[str]()
    reached = list[goals.Goal]()
    if part in (None, "throughput"):
        systems = throughput.compare(chosen, say)
        reached += goals.of_throughput(systems)
        text.append(systems_table(systems))
    if part in (None, "sizes"):
        small, large = sizes.compare(chosen, say)
        reached += goals.of_sizes(small, large)
        text.append(sizes.table(small, large))
    print("\n\n".join(["", on, goals.table(reached), *text]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
