"""A database with generated FAQs, imported and published by `zhengwu` itself."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from foundation.settings import ROOT
from tests.benchmarks.speed import generator, timing


def fill(folder: Path, count: int, length: int) -> None:
    """Make `knowledge.db` in the folder, unless it is there; say what each step took."""
    if (folder / "published").exists():
        print("  the database is there already", flush=True)
        return
    table = folder / "faqs.csv"
    generator.write(table, generator.faqs(count, length))
    for command in (["db", "upgrade"], ["kb", "import", str(table)], ["kb", "publish"]):
        began = time.perf_counter()
        zhengwu(folder, command)
        print(f"  {' '.join(command[:2])}: {time.perf_counter() - began:.1f} s, "
              f"at most {timing.peak(resource.RUSAGE_CHILDREN):.0f} MB so far", flush=True)  # fmt: skip
    (folder / "published").touch()
    print(f"  database {(folder / 'knowledge.db').stat().st_size / 1e6:.0f} MB", flush=True)


def zhengwu(folder: Path, arguments: list[str]) -> None:
    environment = {
        **os.environ,
        "ZHENGWU_DATABASE_URL": f"sqlite:///{folder / 'knowledge.db'}",
        "ZHENGWU_VAR_DIR": str(folder),
    }
    command = [sys.executable, "-m", "bot.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
