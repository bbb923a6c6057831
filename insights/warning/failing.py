"""What breaks around the assistant: told as plain numbers by whoever counts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from insights.warning.series import Series
from insights.warning.watching import Finding

FEWEST, SHARE = 5, 0.3
"""So many failures, and so great a part of all attempts."""
PART = "part"


@dataclass(frozen=True)
class Health:
    """How a part did of late: `portal`, `channel:wechat`, `inbox`, `cases`."""

    part: str
    failed: int
    tried: int
    """0: there is nothing to measure it by, each failure counts."""
    down: bool = False
    """It says itself that it does not work at present."""


def failing(parts: Iterable[Health], since: datetime, until: datetime) -> list[Finding]:
    """The parts that fail too often."""
    found = []
    for one in parts:
        often = one.failed >= FEWEST and one.failed >= SHARE * one.tried
        if one.down or often:
            allowed = int(SHARE * one.tried)
            series, tried = Series(PART, one.part), max(one.tried, one.failed)
            found.append(Finding("failing", series, since, until, one.failed, 0.0, 0, allowed, 0.0, tried))
    return found
