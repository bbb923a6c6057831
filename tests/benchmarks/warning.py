"""How soon planted surges and silences are found, and how often nothing at all is.

    python -m tests.benchmarks.warning [--seeds 11 12 13] [--days 28] [--a-week 0.5]

The whole chain of judgement (baseline, watching, incidents) runs over a synthetic city every five minutes, and learns
anew each night, as it does in an installation. Seeds 1 to 5 were used to choose the numbers; report others.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

import numpy as np

from foundation.clock import CHINA
from insights.warning.baseline import learn
from insights.warning.incidents import incidents
from insights.warning.series import ALL, CHANNEL
from insights.warning.watching import A_WEEK, SILENCE, SILENCE_MINUTES, SURGE_MINUTES, Finding, Watch
from tests.benchmarks.warning_city import BINS, MINUTES, Plan, Planted, SyntheticCity

SURGES = tuple((size, 4.0) for size in (15.0, 30.0, 60.0, 120.0)) * 4
ENDED = timedelta(hours=2)
"""An incident that was not seen for so long is over."""


@dataclass
class Result:
    delays: dict[Planted, timedelta | None] = field(default_factory=dict)
    false: list[Finding] = field(default_factory=list)
    weeks: float = 0.0
    learning: list[float] = field(default_factory=list)
    looking: list[float] = field(default_factory=list)


def replay(plan: Plan, a_week: float = A_WEEK, relearn: int = 1) -> tuple[SyntheticCity, Result]:
    """Run a city; `relearn`: nights between two lessons."""
    city = SyntheticCity(plan)
    hours, result = city.history(), Result(weeks=plan.test_days / 7)
    observed = np.ones((city.days, 24))
    open_until: dict[tuple[str, str, str], datetime] = {}
    before = np.zeros((len(city.series), BINS), dtype=np.int64)
    watch: Watch | None = None
    for at, bins in city.days_of_test():
        if watch is None or (at - plan.weeks * 7) % relearn == 0:
            began = time.perf_counter()
            past = slice(max(0, at - plan.weeks * 7), at)
            first = plan.first + timedelta(days=past.start)
            watch = Watch(
                learn(city.series, hours[:, past], observed[past], first, city.calendar), city.calendar, a_week
            )
            result.learning.append(time.perf_counter() - began)
        midnight = datetime.combine(plan.first + timedelta(days=at), datetime.min.time(), CHINA)
        running = np.cumsum(np.concatenate([np.zeros((len(bins), 1), int), before, bins], axis=1), axis=1)
        for bin_ in range(0 if before.any() else max(SILENCE_MINUTES) // MINUTES, BINS):
            now, end = midnight + timedelta(minutes=MINUTES * (bin_ + 1)), BINS + bin_ + 1
            began = time.perf_counter()
            seen: list[Finding] = []
            for minutes in SURGE_MINUTES:
                counts = running[:, end] - running[:, end - minutes // MINUTES]
                seen += watch.surges(counts, now - timedelta(minutes=minutes), now)
            for minutes in SILENCE_MINUTES:
                counts = running[:, end] - running[:, end - minutes // MINUTES]
                seen += watch.silences(counts, now - timedelta(minutes=minutes), now)
            found = incidents(seen, city.owners)
            result.looking.append(time.perf_counter() - began)
            for one in found:
                key = (one.what, one.series.kind, one.series.name)
                new = now - open_until.get(key, datetime.min.replace(tzinfo=CHINA)) > ENDED
                open_until[key] = now
                if new:
                    _note(result, city, one, now)
        before = bins
        hours[:, at] = bins.reshape(len(bins), 24, 12).sum(axis=2)
    for planted in city.planted:
        result.delays.setdefault(planted, None)
    return city, result


def _note(result: Result, city: SyntheticCity, one: Finding, now: datetime) -> None:
    for planted in city.planted:
        if planted.begins <= now <= planted.ends + ENDED and _of(planted, one, city):
            if _names(planted, one) and planted not in result.delays:
                result.delays[planted] = now - planted.begins
            return
    result.false.append(one)


def _of(planted: Planted, one: Finding, city: SyntheticCity) -> bool:
    """Whether a finding may be this event's doing."""
    if (planted.size == 0) != (one.what == SILENCE):
        return False
    mine, its = planted.series, one.series
    if mine.kind in (ALL, CHANNEL) or its.kind in (ALL, CHANNEL):
        return True
    same_place = not mine.region or its.region in ("", mine.region)
    return same_place and (its.name in (mine.name, city.owners[mine.name], ""))


def _names(planted: Planted, one: Finding) -> bool:
    """Whether it says what happened."""
    return (planted.series.kind, planted.series.name) == (one.series.kind, one.series.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--a-week", type=float, default=A_WEEK)
    options = parser.parse_args()
    plan = Plan(test_days=options.days, surges=SURGES, silences=4)
    delays: dict[str, list[timedelta | None]] = defaultdict(list)
    false, weeks = 0, 0.0
    for seed in options.seeds:
        began = time.perf_counter()
        city, result = replay(replace(plan, seed=seed), options.a_week)
        for planted, delay in result.delays.items():
            kind = f"surge of {planted.size:.0f} an hour" if planted.size else f"silence, {planted.series.kind}"
            delays[kind].append(delay)
        false, weeks = false + len(result.false), weeks + result.weeks
        print(
            f"seed {seed}: {len(city.series)} series, {len(result.false)} false alarms in {result.weeks:.0f} weeks; "
            f"learning {1000 * median(result.learning):.0f} ms, a look {1000 * median(result.looking):.1f} ms "
            f"({time.perf_counter() - began:.0f} s)"
        )
        for one in result.false:
            window = f"{one.series} until {one.until:%m-%d %H:%M}"
            print(f"    {one.what} {window}: {one.people} for {one.expected:.1f} ({one.probability:.1e})")
    print("\n| planted | number | found | within the hour | median delay | worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in sorted(delays, key=lambda text: (text[1], len(text), text)):
        found = [one.total_seconds() / 60 for one in delays[name] if one is not None]
        quick = sum(one <= 60 for one in found)
        told = f"{median(found):.0f} min | {max(found):.0f} min" if found else "– | –"
        print(f"| {name} | {len(delays[name])} | {len(found)} | {quick} | {told} |")
    print(f"\nfalse alarms: {false} in {weeks:.0f} weeks, {false / weeks:.2f} a week")


if __name__ == "__main__":
    main()
