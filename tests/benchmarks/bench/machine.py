"""What a measurement was made on: cores, processor, memory, how busy it was before, and which commit."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from foundation.settings import ROOT


def machine() -> str:
    """One line, with the load of the minute before."""
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    busy = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{len(os.sched_getaffinity(0))} cores ({processor()}), {memory:.0f} GB of memory, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; load average before {busy}"
    )


def processor() -> str:
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else "unknown processor"


def commit() -> str:
    """The commit that is checked out, and whether it was changed since; without git unknown."""
    try:
        number = _git("rev-parse", "--short=12", "HEAD").strip()
        return number + (" with changes" if _git("status", "--porcelain", "--untracked-files=no").strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout
