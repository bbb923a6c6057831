"""What is usual: for each series, kind of day and hour of day, how many people ask; learned from weeks of history.

Three steps, each a Gamma-Poisson estimate, so that little data says little:

1. A cell (series, kind of day, hour) begins as the series' share of its parent's cell and moves to what was counted
   there, weighted by age; counts that cannot be explained are cut, so that an incident does not become usual.
2. The whole row is scaled to its level of the last days: growth, seasons, a new rule.
3. What is left over (the variance beyond Poisson's) is the series' spread, drawn towards that of all.

A day's own bustle (the first after a holiday, rain) is common to all series, so it is divided out here by the day's
total, and by the present total where a count is judged: see watching.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from foundation.calendar import WorkCalendar
from insights.warning.series import ALL, EVERYTHING, Series

Floats = NDArray[np.float64]
WORKING, WEEKEND, HOLIDAY = 0, 1, 2
KINDS, HOURS = 3, 24
WEEKS = 10
"""Of history that is looked at."""
FEWEST_DAYS = 14
"""Of history before anything is judged."""
HABIT_HALVES, LEVEL_HALVES = 21.0, 4.0
"""Days after which a day counts half: for the course of a day, for the level."""
PARENT = 4.0
"""So many people's worth of trust in the parent's course of the day."""
LEVEL = 12.0
"""So many people's worth of trust in the level of all weeks."""
LEAST, MOST_OF_LEVEL = 0.25, 5.0
SPREAD_CELLS = 60.0
"""So many well filled cells' worth of trust in the spread of all series of a depth."""
LEAST_SPREAD = 0.02
LEAST_RATE = 1e-6
CUT, CUT_SPREAD = 4.0, 7.0
"""Standard deviations beyond which a count is cut: for the mean, for the spread."""
FEW_DAYS = 6.0
"""A kind of day that was seen on fewer says less: so many days' worth of trust in the weekend, for holidays."""


@dataclass(frozen=True)
class Baseline:
    """`rates`: people an hour, by series, kind of day and hour. `spread`: by series. `seen`: days' worth, by kind."""

    day: date
    """The first that it was not learned from."""
    days: int
    series: Sequence[Series]
    rates: Floats
    spread: Floats
    seen: Floats

    def place(self) -> dict[Series, int]:
        return {one: at for at, one in enumerate(self.series)}

    def uncertain(self, kind: int, mean: Floats, hours: float) -> Floats:
        """The spread of counts around `mean` over `hours` on such a day: the series' own, and what is not known."""
        doubt = 1 / (PARENT + mean / max(hours, 0.1) * self.seen[kind])
        few = 0.25 / (1 + self.seen[kind])
        found: Floats = self.spread + doubt + few
        return found


def kind_of(day: date, calendar: WorkCalendar) -> int:
    """What habits hold on a day; where nothing is announced, the week's."""
    if calendar.holiday_name(day) is not None:
        return HOLIDAY
    works = calendar.is_workday(day)
    return WORKING if (day.weekday() < 5 if works is None else works) else WEEKEND


def learn(series: Sequence[Series], counts: Floats, observed: Floats, first: date, calendar: WorkCalendar) -> Baseline:
    """Learn what is usual.

    Args:
        series: parents first, as series.closed gives them; the first is EVERYTHING.
        counts: people, by series, day and hour.
        observed: by day and hour, 1 where the system was there to count, else 0.
        first: the first of the days.
    """
    assert series[0] == EVERYTHING
    days = counts.shape[1]
    kinds = np.array([kind_of(first + timedelta(days=at), calendar) for at in range(days)])
    age = days - np.arange(days)
    habit, recent = 0.5 ** (age / HABIT_HALVES), 0.5 ** (age / LEVEL_HALVES)
    parents = _parents(series)
    rates, spread = _rates(counts, observed, kinds, habit, parents), np.full(len(series), 0.1)
    bustle = _bustle(counts[0], rates[0], kinds, observed)
    for _ in range(2):
        expected = rates[:, kinds, :] * bustle * observed
        trimmed = np.minimum(counts, expected + CUT * np.sqrt(expected + spread[:, None, None] * expected**2) + 2)
        rates = _rates(trimmed, observed * bustle, kinds, habit, parents)
        bustle = _bustle(trimmed[0], rates[0], kinds, observed)
        rates *= _level(trimmed, rates, kinds, observed, bustle, recent)[:, None, None]
        bustle = _bustle(trimmed[0], rates[0], kinds, observed)
        expected = rates[:, kinds, :] * bustle * observed
        expected[0] = rates[0, kinds] * observed  # of all, its own bustle is what varies
        spread = _spread(counts, expected, series, spread, habit)
    seen = np.array([float(habit[kinds == kind].sum()) for kind in range(KINDS)])
    return Baseline(first + timedelta(days=days), days, tuple(series), np.maximum(rates, LEAST_RATE), spread, seen)


def _parents(series: Sequence[Series]) -> list[int]:
    place = {one: at for at, one in enumerate(series)}
    return [place[parent] if (parent := one.parent()) is not None else -1 for one in series]


def _rates(counts: Floats, exposed: Floats, kinds: NDArray[np.int_], habit: Floats, parents: list[int]) -> Floats:
    """Step 1. `exposed`: how much of a usual day's hour each one was."""
    rates = np.zeros((len(counts), KINDS, HOURS))
    found, exposure = np.zeros_like(rates), np.zeros((KINDS, HOURS))
    for kind in range(KINDS):
        days = kinds == kind
        found[:, kind] = np.einsum("sdh,d->sh", counts[:, days], habit[days])
        exposure[kind] = (exposed[days] * habit[days, None]).sum(axis=0)
    _of_all(rates, found, exposure)
    totals = found.sum(axis=(1, 2))
    places = np.array(parents)
    depth_one = np.flatnonzero(places == 0)
    deeper = np.flatnonzero(places > 0)
    for mine in (depth_one, deeper):
        share = (totals[mine] + 0.1) / (totals[places[mine]] + 1.0)
        prior = rates[places[mine]] * share[:, None, None] + 1e-6
        rates[mine] = (PARENT + found[mine]) / (PARENT / prior + exposure)
    return rates


def _of_all(rates: Floats, found: Floats, exposure: Floats) -> None:
    """The course of all: plain means, but holidays lean on weekends as long as few were seen."""
    whole = found[0].sum() / max(exposure.sum(), 1e-9)
    for kind, like in ((WORKING, None), (WEEKEND, WORKING), (HOLIDAY, WEEKEND)):
        prior = np.full(HOURS, whole) if like is None else rates[0, like]
        trust = 0.1 if like is None else FEW_DAYS if kind == HOLIDAY else 1.0
        rates[0, kind] = (trust * prior + found[0, kind]) / (trust + exposure[kind])


def _bustle(all_of_them: Floats, rates: Floats, kinds: NDArray[np.int_], observed: Floats) -> Floats:
    """How much more than usual went on, by day, and by hour of it."""
    expected = rates[kinds] * observed
    of_day = ((all_of_them * observed).sum(axis=1) + 50) / (expected.sum(axis=1) + 50)
    by_hour = expected * of_day[:, None]
    bustle: Floats = of_day[:, None] * ((all_of_them * observed + 30) / (by_hour + 30))
    return bustle


def _level(
    counts: Floats, rates: Floats, kinds: NDArray[np.int_], observed: Floats, bustle: Floats, recent: Floats
) -> Floats:
    """Step 2: the level of the last days in terms of all weeks'. That of all is measured without its own bustle."""
    weight = recent[:, None] * observed
    found = np.einsum("sdh,dh->s", counts, weight)
    expected = np.einsum("sdh,dh->s", rates[:, kinds, :], weight * bustle)
    expected[0] = float((rates[0, kinds] * weight).sum())
    level: Floats = np.clip((LEVEL + found) / (LEVEL + expected), LEAST, MOST_OF_LEVEL)
    level[1:] *= level[0]  # theirs is measured beside the bustle of all
    return level


def _spread(counts: Floats, expected: Floats, series: Sequence[Series], before: Floats, habit: Floats) -> Floats:
    """Step 3: by moments, each cell by what it can say of the spread."""
    limit = CUT_SPREAD**2 * (expected + before[:, None, None] * expected**2 + 1)
    beyond = np.minimum((counts - expected) ** 2, limit) - expected
    weight = habit[:, None] / (1 + expected) ** 2
    found, says = (weight * beyond).sum(axis=(1, 2)), (weight * expected**2).sum(axis=(1, 2))
    spread = np.empty(len(series))
    depths = np.array([0 if one.kind == ALL else 2 if one.region and one.name else 1 for one in series])
    for depth in range(3):
        mine = depths == depth
        pooled = max(LEAST_SPREAD, float(found[mine].sum() / max(says[mine].sum(), 1e-9)))
        own = (SPREAD_CELLS * pooled + found[mine]) / (SPREAD_CELLS + says[mine])
        spread[mine] = np.maximum(own, max(LEAST_SPREAD, pooled / 2))
    return spread
