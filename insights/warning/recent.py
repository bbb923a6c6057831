"""The last hours of a series beside what is usual, to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.warning.baseline import kind_of
from insights.warning.chance import usual
from insights.warning.counting import ASKED, people, read
from insights.warning.series import Series
from insights.warning.storing import Learned
from insights.warning.tables import warning_hours


@dataclass(frozen=True)
class Hour:
    begins: datetime
    people: int | None
    """None: it was not counted."""
    low: int | None
    high: int | None
    """None: nothing is usual yet."""
    whole: bool = True
    """False: the hour is not over."""


def course(
    tx: Connection, series: Series, learned: Learned | None, calendar: WorkCalendar, now: datetime, hours: int = 12
) -> list[Hour]:
    """The hours up to the present one, oldest first."""
    this = now.replace(minute=0, second=0, microsecond=0)
    first = this - timedelta(hours=hours - 1)
    rows = tx.execute(select(warning_hours).where(warning_hours.c.hour >= first)).all()
    counted = {row.hour: int(row.counts[ASKED].get(str(series), 0)) for row in rows}
    found = []
    for at in range(hours):
        hour = first + timedelta(hours=at)
        low, high = _usual(series, learned, calendar, hour)
        count = counted.get(hour)
        if count is None and hour >= this - timedelta(hours=1):  # not counted yet
            count = people(read(tx, hour, hour + timedelta(hours=1)), hour, now)[ASKED].get(series, 0)
        found.append(Hour(hour, count, low, high, hour < this))
    return found


def _usual(
    series: Series, learned: Learned | None, calendar: WorkCalendar, hour: datetime
) -> tuple[int | None, int | None]:
    if learned is None or series not in learned.baseline.series:
        return None, None
    local, at = hour.astimezone(CHINA), list(learned.baseline.series).index(series)
    kind = kind_of(local.date(), calendar)
    mean = learned.baseline.rates[at : at + 1, kind, local.hour]
    one = np.float64(learned.baseline.uncertain(kind, mean, 1.0)[at])
    return usual(float(mean[0]), float(one))
