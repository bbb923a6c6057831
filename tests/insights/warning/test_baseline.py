"""What is taken to be usual: near the truth where there is data, near the coarser level where there is none."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.calendar import WorkCalendar
from insights.warning.baseline import HOLIDAY, WEEKEND, WORKING, Baseline, kind_of, learn
from insights.warning.series import ALL, EVERYTHING, UNIT, Series, closed, of

MONDAY = date(2026, 7, 6)
CALENDAR = WorkCalendar()
BUSY, RARE, RARER = Series(UNIT, "item:busy"), Series(UNIT, "item:rare"), Series(UNIT, "item:rare", "990101")
OTHERS = Series(UNIT, "item:others")
SERIES = closed([BUSY, RARE, RARER, OTHERS])
COURSE = np.array([0.2] * 8 + [8, 12, 12, 10, 5, 8, 11, 10, 8, 5] + [2] * 6)


def counted(rates: dict[Series, float], days: int = 56, seed: int = 1, growth: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = np.zeros((len(SERIES), days, 24))
    for at, one in enumerate(SERIES):
        if one != EVERYTHING:
            mean = {OTHERS: 20.0, **rates}.get(one, 0.0) * COURSE
            found[at] = rng.poisson(mean[None] * growth ** np.arange(days)[:, None])
    found[SERIES.index(EVERYTHING)] = found[[at for at, one in enumerate(SERIES) if not one.region]].sum(axis=0)
    return found


def learned(counts: np.ndarray, observed: np.ndarray | None = None) -> Baseline:
    seen = np.ones(counts.shape[1:]) if observed is None else observed
    return learn(SERIES, counts, seen, MONDAY, CALENDAR)


def rate(found: Baseline, one: Series, hour: int, kind: int = WORKING) -> float:
    return float(found.rates[found.place()[one], kind, hour])


def test_days_and_their_kinds() -> None:
    assert kind_of(date(2026, 10, 1), CALENDAR) == HOLIDAY
    assert kind_of(date(2026, 9, 12), CALENDAR) == WEEKEND
    assert kind_of(date(2026, 9, 20), CALENDAR) == WORKING, "a Sunday that makes up for a holiday"
    assert kind_of(date(2099, 1, 3), CALENDAR) == WEEKEND, "nothing is announced: the week's"


def test_parents_come_first_and_everything_is_there() -> None:
    assert SERIES[0] == EVERYTHING and SERIES.index(RARE) < SERIES.index(RARER)
    found = list(of("item:x", "人社局", "990101", "web"))
    assert len(found) == len(set(found)) == 7
    assert all(Series.parse(str(one)) == one for one in found)
    assert Series.parse("unit|item:a|b|990101") == Series(UNIT, "item:a|b", "990101")


def test_a_busy_topic_is_known_well() -> None:
    found = learned(counted({BUSY: 2.0, RARE: 0.01}))
    assert rate(found, BUSY, 9) == pytest.approx(24, rel=0.12)
    assert rate(found, BUSY, 3) == pytest.approx(0.4, abs=0.35)


def test_a_rare_one_has_the_course_of_all() -> None:
    counts = counted({BUSY: 2.0})
    counts[SERIES.index(RARE), 5, 9] = counts[SERIES.index(RARER), 5, 9] = 2
    found = learned(counts)
    for one in (RARE, RARER):
        assert 0 < rate(found, one, 9) < 0.5
        assert rate(found, one, 10) / rate(found, one, 3) == pytest.approx(12 / 0.2, rel=0.8)


def test_growth_is_followed() -> None:
    found = learned(counted({BUSY: 1.0, RARE: 0.3}, growth=1.02))
    assert rate(found, BUSY, 9) == pytest.approx(12 * 1.02**56, rel=0.2)


def test_an_incident_does_not_become_usual() -> None:
    counts = counted({BUSY: 1.0, RARE: 0.2})
    plain = rate(learned(counts), RARE, 10)
    for one in (RARE, EVERYTHING):
        counts[SERIES.index(one), 50, 8:14] += 80
    assert rate(learned(counts), RARE, 10) < 2 * plain + 1


def test_hours_in_which_nothing_was_counted_say_nothing() -> None:
    counts, observed = counted({BUSY: 1.0, RARE: 0.2}), np.ones((56, 24))
    plain = rate(learned(counts), BUSY, 10)
    counts[:, 30:44], observed[30:44] = 0, 0
    assert rate(learned(counts, observed), BUSY, 10) == pytest.approx(plain, rel=0.15)


def test_holidays_lean_on_weekends() -> None:
    found = learned(counted({BUSY: 1.0, RARE: 0.2}))
    assert rate(found, BUSY, 10, HOLIDAY) == pytest.approx(rate(found, BUSY, 10, WEEKEND), rel=0.5)


def test_what_varies_more_has_a_wider_spread() -> None:
    rng, steady, wild = np.random.default_rng(3), counted({BUSY: 2.0}), counted({BUSY: 2.0})
    wild[SERIES.index(BUSY)] = rng.poisson(2.0 * COURSE * rng.gamma(2, 1 / 2, (56, 24)))
    wild[0] += wild[SERIES.index(BUSY)] - steady[SERIES.index(BUSY)]
    at = SERIES.index(BUSY)
    assert learned(wild).spread[at] > 3 * learned(steady).spread[at]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(14, 70), st.floats(0, 20), st.floats(0, 1))
def test_whatever_was_counted_the_numbers_are_sound(seed: int, days: int, busy: float, lost: float) -> None:
    observed = (np.random.default_rng(seed).random((days, 24)) >= lost * 0.9).astype(float)
    counts = counted({BUSY: busy, RARE: busy / 50, RARER: busy / 90}, days, seed) * observed
    found = learned(counts, observed)
    assert np.isfinite(found.rates).all() and (found.rates > 0).all()
    assert np.isfinite(found.spread).all() and (found.spread > 0).all()
    assert found.rates.max() <= max(60.0, 8 * counts.max() + 60)
    assert found.days == days and found.series[0] == Series(ALL)
