"""The tables of the content know those that they refer to, whatever else a process has loaded."""

from __future__ import annotations

import subprocess
import sys

from foundation.settings import ROOT


def test_whoever_reads_releases_can_make_their_tables() -> None:
    code = "from knowledge_base.store import releases; from foundation.database import metadata as m; m.sorted_tables"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-500:]
