"""Python runs this at its start where the folder is on its path: its clock is then as far ahead as a test says.

Processes of a running system take the time from `foundation.clock.SystemClock` alone. No setting moves it, so there is
nothing to be refused in production.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from foundation.clock import SystemClock

AHEAD = Path(os.environ["MOVED_CLOCK"])
real_now = SystemClock.now


def moved_now(clock: SystemClock) -> datetime:
    return real_now(clock) + timedelta(seconds=float(AHEAD.read_text(encoding="ascii")))


SystemClock.now = moved_now  # type: ignore[method-assign]
