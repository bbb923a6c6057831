"""Which counts are too high or too low to be chance: surges and silence, judged again every few minutes.

Counts of several windows that end now are held against what is usual for the same stretch of this kind of day, times
how busy all else is at present. The thresholds come from one number, the false alarms that a week may bring over
all series; see docs/decisions/0025-early-warning.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.warning.baseline import Baseline, Floats, kind_of
from insights.warning.chance import at_least, at_most, usual
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, UNIT, Series

What = Literal["surge", "silence", "refused", "unhappy", "alike", "failing"]
SURGE: What = "surge"
SILENCE: What = "silence"
SURGE_MINUTES, SILENCE_MINUTES = (15, 30, 60), (60, 120)
"""Windows in which each is looked for."""
FEWEST, TIMES = 8, 2.0
"""A surge is so many people or more, and so many times the usual."""
TIMES_OF_ALL = 1.6
"""The same for a region, a channel or all."""
BUSY, QUIET = 12.0, 0.15
"""Silence is where so many people usually ask in the window, and no more than this share of them do."""
CALM = 20.0
"""So many people's worth of trust that today is as busy as usual."""
LOOKS_AN_HOUR = 6.0
"""As so many independent looks count those of one hour: they share most of what they see."""
STRANGER, STRANGER_SPREAD = 0.3, 1.0
"""Of a topic that nobody has asked about before: people an hour that would be usual, and how little is known of it."""
HOURS_A_WEEK = 168
A_WEEK = 0.5
"""False alarms that a week may bring: what the thresholds are made of promises less than they keep, as cities vary."""
SURGES_SHARE = 0.6
"""Of the false alarms, surges may be this part."""
REGIONS_SHARE = 0.4
"""Of those of surges, topics and departments within a region may be this part: there are ten times as many as of the
whole city, and one threshold for all would be made by them."""


@dataclass(frozen=True)
class Finding:
    """A count that chance does not explain."""

    what: What
    series: Series
    since: datetime
    until: datetime
    """The window."""
    people: int
    expected: float
    low: int
    high: int
    """Within which nine of ten such windows are."""
    probability: float
    asked: int = 0
    """Of how many, where it is a share that is judged."""

    @property
    def excess(self) -> float:
        return self.people - self.expected


@dataclass(frozen=True)
class Expected:
    """What is usual in one window: mean and spread of each series of the baseline."""

    mean: Floats
    spread: Floats
    bustle: Floats
    """How many times as busy all others are as usual; the mean is multiplied by it."""


class Watch:
    """Judges counts by a baseline. `a_week`: how many false alarms a week may bring, over all series together."""

    def __init__(self, baseline: Baseline, calendar: WorkCalendar, a_week: float) -> None:
        self._baseline, self._calendar = baseline, calendar
        self.place = baseline.place()
        rates = baseline.rates
        self._slopes = _slopes(rates)
        busiest = rates.max(axis=(1, 2))
        self._quiet = np.flatnonzero(busiest * SILENCE_MINUTES[-1] / 60 >= BUSY)
        tests = HOURS_A_WEEK * LOOKS_AN_HOUR
        within = np.array([bool(one.region and one.name) for one in baseline.series])
        whole, parts = (max(1, int(some.sum())) for some in (~within, within))
        share = np.where(within, REGIONS_SHARE / parts, (1 - REGIONS_SHARE) / whole)
        self.surge_level = np.minimum(1e-3, a_week * SURGES_SHARE * share / tests)
        self.silence_level = min(1e-3, a_week * (1 - SURGES_SHARE) / (max(1, len(self._quiet)) * tests))
        self._times = np.array([TIMES if one.kind in (UNIT, DEPARTMENT) else TIMES_OF_ALL for one in baseline.series])
        self._alone = np.array([one.kind == ALL for one in baseline.series])
        self._channel = np.array([one.kind == CHANNEL for one in baseline.series])

    def expected(self, since: datetime, until: datetime, counts: NDArray[np.int_]) -> Expected:
        """What is usual between two instants, given how busy all others are in the same window.

        `counts`: people, by series of the baseline.
        """
        baseline = self._baseline
        mean, kind, at = np.zeros(len(baseline.series)), 0, since.astimezone(CHINA)
        while at < until:
            hour = at.replace(minute=0, second=0, microsecond=0)
            end = min(until, hour + timedelta(hours=1))
            kind = kind_of(at.date(), self._calendar)
            begins, ends = ((instant - hour).total_seconds() / 3600 for instant in (at, end))
            mean += self._between(kind, at.hour, begins, ends)
            at = end.astimezone(CHINA)
        others_seen = np.maximum(0, counts[0] - counts)
        others_usual = np.maximum(0.0, mean[0] - mean)
        bustle = np.clip((CALM + others_seen) / (CALM + others_usual), 0.1, 6.0)
        unsure = 1 / (CALM + others_usual)
        bustle[self._alone], unsure[self._alone] = 1.0, 0.0
        hours = (until - since).total_seconds() / 3600
        spread = baseline.uncertain(kind, mean, hours) + unsure
        return Expected(mean * bustle, spread, bustle)

    def _between(self, kind: int, hour: int, begins: float, ends: float) -> Floats:
        """People within a part of an hour (0 to 1). A step at each full hour would make every morning at five to eight
        a surge."""
        level, slope = self._baseline.rates[:, kind, hour], self._slopes[:, kind, hour]
        found: Floats = (ends - begins) * (level + slope * ((begins + ends) / 2 - 0.5))
        return found

    def surges(self, counts: NDArray[np.int_], since: datetime, until: datetime) -> list[Finding]:
        """The series that too many ask about in a window."""
        usual_ = self.expected(since, until, counts)
        # A channel that breaks leaves the others, which are not busier for it.
        usual_.mean[self._channel] /= np.minimum(1.0, usual_.bustle[self._channel])
        suspect = (counts >= FEWEST) & (counts >= self._times * usual_.mean)
        found = []
        for at in np.flatnonzero(suspect):
            people, mean, spread = int(counts[at]), float(usual_.mean[at]), float(usual_.spread[at])
            probability = at_least(people, mean, spread)
            if probability < self.surge_level[at]:
                found.append(self._finding(SURGE, int(at), since, until, people, mean, spread, probability))
        return found

    def strangers(self, counts: Mapping[Series, int], since: datetime, until: datetime) -> list[Finding]:
        """The topics that were never asked about in all these weeks, and now are by many."""
        mean = STRANGER * (until - since).total_seconds() / 3600
        low, high = usual(mean, STRANGER_SPREAD)
        found = []
        for one, people in counts.items():
            if one.kind != UNIT or one.region or one in self.place or people < FEWEST:
                continue
            probability = at_least(people, mean, STRANGER_SPREAD)
            if probability < self.surge_level.min():
                found.append(Finding(SURGE, one, since, until, people, mean, low, high, probability))
        return found

    def silences(self, counts: NDArray[np.int_], since: datetime, until: datetime) -> list[Finding]:
        """The series that hardly anybody asks about any more in a window."""
        usual_ = self.expected(since, until, counts)
        usual_.mean[:] /= np.maximum(1.0, usual_.bustle)  # where others surge, nobody else has fallen silent
        found = []
        for at in self._quiet:
            people, mean, spread = int(counts[at]), float(usual_.mean[at]), float(usual_.spread[at])
            if mean < BUSY or people > QUIET * mean:
                continue
            probability = at_most(people, mean, spread)
            if probability < self.silence_level:
                found.append(self._finding(SILENCE, int(at), since, until, people, mean, spread, probability))
        return found

    def vector(self, counts: Mapping[Series, int]) -> NDArray[np.int_]:
        """Counts in the order of the baseline's series; others are left out."""
        found = np.zeros(len(self.place), dtype=np.int_)
        for one, count in counts.items():
            if one in self.place:
                found[self.place[one]] = count
        return found

    def _finding(
        self, what: What, at: int, since: datetime, until: datetime, people: int, mean: float, spread: float, p: float
    ) -> Finding:
        low, high = usual(mean, spread)
        return Finding(what, self._baseline.series[at], since, until, people, mean, low, high, p)


def _slopes(rates: Floats) -> Floats:
    """How much more are asked at the end of each hour than at its beginning, where a straight line is drawn in each.

    It lies between those to both neighbours, never below nought (van Leer's limiter, J. Comput. Phys. 14 (1974) 361).
    """
    before, after = rates - np.roll(rates, 1, axis=2), np.roll(rates, -1, axis=2) - rates
    same_way = before * after > 0
    found: Floats = np.where(same_way, 2 * before * after / np.where(same_way, before + after, 1.0), 0.0)
    return found
