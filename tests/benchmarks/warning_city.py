"""A city's questions, hour by hour and then five minutes by five minutes, with surges and silences planted in them.

Counts alone, for the early warning: topics in regions over months of habit (working days, weekends, the calendar's
holidays), with growth, seasons, days and topics that differ from what is usual, and more variance than Poisson's. None
of this is as the baseline takes it to be: the course of a day is smooth within the hour, days vary by log-normal
factors, seasons are waves, a holiday halves some topics and doubles others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.warning.baseline import HOLIDAY, WORKING, kind_of
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT, Series

MINUTES, BINS = 5, 288
"""Of a bin; bins a day."""
CHANNELS = {"web": 0.45, "wechat": 0.35, "miniprogram": 0.15, "wecom-kf": 0.05}


@dataclass(frozen=True)
class Planted:
    """What really happened: a surge of `size` people an hour, or a silence (size 0)."""

    series: Series
    begins: datetime
    ends: datetime
    size: float
    usual: float
    """People an hour at that time otherwise."""


@dataclass
class Plan:
    topics: int = 300
    regions: int = 10
    departments: int = 20
    a_day: float = 27_000.0
    """Questions on a usual working day: ten million a year."""
    weeks: int = 10
    test_days: int = 28
    first: date = date(2026, 7, 6)
    growth: float = 1.004
    """From day to day."""
    surges: tuple[tuple[float, float], ...] = ()
    """People an hour, and how often the usual at least; one each, two days apart at least."""
    silences: int = 0
    seed: int = 1


@dataclass
class SyntheticCity:
    plan: Plan
    planted: list[Planted] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan = self.plan
        self.rng = rng = np.random.default_rng(plan.seed)
        self.calendar = WorkCalendar()
        popularity = 1 / np.arange(1, plan.topics + 1) ** 0.9
        self.topic_share = popularity / popularity.sum()
        self.region_share = rng.dirichlet(np.full(plan.regions, 6.0), size=plan.topics)
        self.department = rng.integers(0, plan.departments, plan.topics)
        self.evening = rng.uniform(0.05, 0.5, plan.topics)
        self.weekend = rng.uniform(0.2, 0.7, plan.topics)
        self.holiday = rng.uniform(0.1, 0.6, plan.topics) * rng.choice([1.0, 2.5], plan.topics, p=[0.95, 0.05])
        self.season = (
            rng.uniform(0, 0.35, plan.topics),
            rng.uniform(0, 6.28, plan.topics),
            rng.uniform(40, 200, plan.topics),
        )
        self.days = plan.weeks * 7 + plan.test_days
        self.series = self._series()
        self._plant()

    def _series(self) -> list[Series]:
        plan = self.plan
        regions = [f"9901{at:02d}" for at in range(plan.regions)]
        found = [Series(ALL), *(Series(CHANNEL, name) for name in CHANNELS), *(Series(REGION, "", r) for r in regions)]
        found += [Series(DEPARTMENT, f"d{at}") for at in range(plan.departments)]
        found += [Series(UNIT, f"item:{at}") for at in range(plan.topics)]
        found += [Series(DEPARTMENT, f"d{at}", r) for at in range(plan.departments) for r in regions]
        found += [Series(UNIT, f"item:{at}", r) for at in range(plan.topics) for r in regions]
        return found

    @property
    def owners(self) -> dict[str, str]:
        return {f"item:{at}": f"d{self.department[at]}" for at in range(self.plan.topics)}

    def _course(self, kind: int) -> np.ndarray:
        """Shares of a day by topic and bin, smooth."""
        hours = (np.arange(BINS) + 0.5) * MINUTES / 60
        office = sum(np.exp(-(((hours - at) / width) ** 2)) for at, width in ((9.8, 1.3), (11.0, 1.2), (15.0, 1.8)))
        evening = np.exp(-(((hours - 20.5) / 2.2) ** 2)) + 0.02
        mix = self.evening[:, None] + (0.25 if kind != WORKING else 0.0)
        course = (1 - mix) * office / office.sum() + mix * evening / evening.sum()
        return course / course.sum(axis=1, keepdims=True)

    def _mean(self, at: int) -> np.ndarray:
        """Expected questions of a day, by topic and bin, before chance."""
        plan, rng, day = self.plan, self.rng, self.plan.first + timedelta(days=at)
        kind = kind_of(day, self.calendar)
        depth, phase, length = self.season
        level = plan.a_day * plan.growth**at * self.topic_share * (1 + depth * np.sin(6.28 * at / length + phase))
        level *= rng.lognormal(0, 0.10) * rng.lognormal(0, 0.12, plan.topics)
        if kind == HOLIDAY:
            level *= self.holiday
        elif kind != WORKING:
            level *= self.weekend
        else:
            level *= {0: 1.2, 4: 0.9}.get(day.weekday(), 1.0)
            if kind_of(day - timedelta(days=1), self.calendar) == HOLIDAY:
                level *= 1.35
        return level[:, None] * self._course(kind)

    def _counts(self, at: int) -> np.ndarray:
        """Questions of a day, by topic, region and bin."""
        mean = self._mean(at) * self.rng.gamma(25, 1 / 25, (self.plan.topics, 24)).repeat(12, axis=1)
        found = self.rng.poisson(mean[:, None, :] * self.region_share[:, :, None])
        midnight = datetime.combine(self.plan.first + timedelta(days=at), datetime.min.time(), CHINA)
        for one in self.planted:
            begin, end = ((instant - midnight).total_seconds() / 60 / MINUTES for instant in (one.begins, one.ends))
            a, b = max(0, round(begin)), min(BINS, round(end))
            if a >= b:
                continue
            self._change(found, one, slice(a, b))
        return found

    def _change(self, found: np.ndarray, one: Planted, bins: slice) -> None:
        if one.series.kind in (ALL, CHANNEL):
            left = 0.0 if one.series.kind == ALL else 1 - CHANNELS[one.series.name]
            found[:, :, bins] = self.rng.binomial(found[:, :, bins], left)
            return
        topic = int(one.series.name.partition(":")[2])
        places = slice(None) if not one.series.region else int(one.series.region[4:])
        if one.size == 0:
            found[topic, places, bins] = 0
            return
        per_bin = one.size * MINUTES / 60
        if one.series.region:
            found[topic, places, bins] += self.rng.poisson(per_bin, bins.stop - bins.start)
        else:
            share = self.region_share[topic][:, None]
            found[topic, :, bins] += self.rng.poisson(per_bin * share, (self.plan.regions, bins.stop - bins.start))

    def _summed(self, found: np.ndarray, day: date, hourly: bool) -> np.ndarray:
        """By series (in the order of `series`) and hour or bin."""
        plan = self.plan
        if hourly:
            found = found.reshape(plan.topics, plan.regions, 24, 12).sum(axis=3)
        of_all = found.sum(axis=(0, 1))
        channels = self._channels(of_all, day)
        departments = np.zeros((plan.departments, *found.shape[1:]), dtype=found.dtype)
        np.add.at(departments, self.department, found)
        parts = [of_all[None], channels, found.sum(axis=0), departments.sum(axis=1), found.sum(axis=1)]
        parts += [departments.reshape(-1, found.shape[2]), found.reshape(-1, found.shape[2])]
        return np.concatenate(parts)

    def _channels(self, of_all: np.ndarray, day: date) -> np.ndarray:
        """All questions by channel; one that is silent has none, and what is left are the others'."""
        midnight, width = datetime.combine(day, datetime.min.time(), CHINA), 24 * 60 / len(of_all)
        shares = np.tile(list(CHANNELS.values()), (len(of_all), 1))
        for one in (one for one in self.planted if one.series.kind == CHANNEL):
            begin, end = ((instant - midnight).total_seconds() / 60 / width for instant in (one.begins, one.ends))
            shares[
                max(0, round(begin)) : max(0, min(len(of_all), round(end))), list(CHANNELS).index(one.series.name)
            ] = 0
        shares /= shares.sum(axis=1, keepdims=True)
        return np.array([self.rng.multinomial(count, share) for count, share in zip(of_all, shares)]).T

    def _plant(self) -> None:
        """Surges and silences at hours in which people are awake, each on a topic that was left alone before."""
        plan, rng = self.plan, self.rng
        busier = min(plan.topics, 150)
        topics = [*rng.permutation(busier), *range(busier, plan.topics)]
        wanted = [*((size, times) for size, times in plan.surges), *([(0.0, 0.0)] * plan.silences)]
        for number, (size, times) in enumerate(wanted):
            day = plan.weeks * 7 + (number * plan.test_days) // max(1, len(wanted))
            midnight = datetime.combine(plan.first + timedelta(days=day), datetime.min.time(), CHINA)
            begins = midnight + timedelta(minutes=MINUTES * int(rng.integers(8 * 12, 20 * 12)))
            ends = begins + timedelta(hours=float(rng.choice([1.5, 3.0])))
            if size == 0:
                begins = midnight + timedelta(minutes=MINUTES * int(rng.integers(9 * 12, 10 * 12)))
                series = [Series(CHANNEL, "web"), Series(CHANNEL, "wechat"), Series(ALL), Series(UNIT, "item:0")][
                    number % 4
                ]
                self.planted.append(Planted(series, begins, begins + timedelta(hours=3), 0.0, 0.0))
                continue
            region = f"9901{int(rng.integers(plan.regions)):02d}" if rng.random() < 0.4 else ""
            topic = next(at for at in topics if self._hourly(at, day, begins, region) * (times - 1) <= size)
            topics.remove(topic)
            usual = self._hourly(topic, day, begins, region)
            self.planted.append(Planted(Series(UNIT, f"item:{topic}", region), begins, ends, size, usual))

    def _hourly(self, topic: int, day: int, begins: datetime, region: str) -> float:
        """People an hour that usually ask."""
        at = int((begins.hour * 60 + begins.minute) / MINUTES)
        of_day = self.plan.a_day * self.plan.growth**day * self.topic_share[topic]
        share = self.region_share[topic][int(region[4:])] if region else 1.0
        kind = kind_of(self.plan.first + timedelta(days=day), self.calendar)
        damp = self.holiday[topic] if kind == HOLIDAY else 1.0 if kind == WORKING else self.weekend[topic]
        return float(of_day * damp * self._course(kind)[topic, at : at + 12].sum() * share)

    def history(self) -> np.ndarray:
        """By series, day and hour: all days, the test's as they turn out (read only what has passed)."""
        hours = np.zeros((len(self.series), self.days, 24), dtype=np.float32)
        for at in range(self.plan.weeks * 7):
            hours[:, at] = self._summed(self._counts(at), self.plan.first + timedelta(days=at), True)
        return hours

    def days_of_test(self) -> Iterator[tuple[int, np.ndarray]]:
        """Number of the day, and counts by series and bin."""
        for at in range(self.plan.weeks * 7, self.days):
            yield at, self._summed(self._counts(at), self.plan.first + timedelta(days=at), False)
