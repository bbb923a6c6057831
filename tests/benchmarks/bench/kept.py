"""What the benchmarks' commands share: the folder with what takes long to make, and a word on how far they are."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

from foundation.settings import get_settings

warnings.filterwarnings("ignore", "os.fork", RuntimeWarning)  # JAX, which Rasa loads, warns of each process we start


def folder_option(parser: argparse.ArgumentParser) -> None:
    kept = get_settings().var_dir / "benchmarks"
    parser.add_argument("--folder", type=Path, default=kept, help="what was trained and filled is kept there")


def say(text: str) -> None:
    print(f"  {text}", flush=True)
