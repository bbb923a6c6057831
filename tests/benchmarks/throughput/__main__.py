"""python -m tests.benchmarks.throughput [--seconds S] [--folder DIR] [--workers N] [--epochs N] [--without-rasa]

Plain Rasa and Zhengwu, and the ratios. What was trained and filled in the folder is used again. `--epochs` only tries
the benchmark: plain Rasa learns less.
"""

from __future__ import annotations

import argparse

from tests.benchmarks.bench.kept import folder_option, say
from tests.benchmarks.throughput.compare import compare, options
from tests.benchmarks.throughput.table import table

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.throughput")
    options(parser)
    folder_option(parser)
    print(table(compare(parser.parse_args(), say)))
