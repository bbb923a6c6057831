"""What is usual between two instants, and from which counts on something is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.calendar import WorkCalendar
from foundation.clock import CHINA
from insights.warning.baseline import Baseline
from insights.warning.series import ALL, EVERYTHING, UNIT, Series
from insights.warning.watching import Watch

DAY = date(2026, 11, 23)
MORNING = [0.0] * 7 + [40.0, 200.0, 900.0, 1100.0, 1000.0, 500.0, 500.0, 800.0, 900.0, 800.0, 600.0, 300.0] + [99.0] * 5


def watch(rates: list[float] = MORNING, topics: int = 1, regions: int = 0) -> Watch:
    """A city of which all is known: each topic has a tenth of all."""
    series = [EVERYTHING, *(Series(UNIT, f"item:{at}") for at in range(topics))]
    series += [Series(UNIT, f"item:{at}", f"r{place}") for at in range(topics) for place in range(regions)]
    shares = np.array([1.0 if one.kind == ALL else 0.1 for one in series])
    table = np.maximum(1e-6, np.tile(np.array(rates), (len(series), 3, 1)) * shares[:, None, None])
    spread = np.full(len(series), 0.02)
    return Watch(Baseline(DAY, 70, series, table, spread, np.array([30.0, 12.0, 3.0])), WorkCalendar(), 0.3)


def mean(of: Watch, since: datetime, until: datetime) -> float:
    """Of all."""
    return float(of.expected(since, until, np.zeros(len(of.place), dtype=int)).mean[0])


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=CHINA)


@given(st.lists(st.floats(0, 5000), min_size=24, max_size=24), st.integers(0, 23), st.integers(1, 59))
def test_the_parts_of_an_hour_are_together_what_was_learned(rates: list[float], hour: int, cut: int) -> None:
    city = watch(rates)
    between = at(hour) + timedelta(minutes=cut)
    first, second = mean(city, at(hour), between), mean(city, between, at(hour) + timedelta(hours=1))
    assert first >= -1e-9 and second >= -1e-9
    assert first + second == pytest.approx(max(rates[hour], 1e-6), abs=1e-6)


def test_a_morning_begins_within_the_hour_not_at_its_full() -> None:
    """Between a quiet seven o'clock and a busy nine, more of the hour from eight belongs to its end."""
    city = watch()
    early, late = mean(city, at(8), at(8, 15)), mean(city, at(8, 45), at(9))
    assert late > 2 * early


def test_an_ordinary_morning_is_no_surge() -> None:
    """Half past seven to eight in a city whose questions double every quarter of an hour then."""
    city = watch([*MORNING[:6], 5.0, 60.0, 400.0, *MORNING[9:]])
    counts = np.array([66, 7])
    assert city.surges(counts, at(7, 30), at(8)) == []
    assert city.surges(counts * 6, at(7, 30), at(8)) != []
    city._slopes[:] = 0
    assert city.surges(counts, at(7, 30), at(8)) != [], "it would be one if the whole hour were alike"


def test_regions_do_not_make_the_whole_city_less_watched() -> None:
    """However many regions there are, a topic of the whole city is a surge from the same count on."""
    few, many = watch(topics=10), watch(topics=10, regions=30)
    assert many.surge_level[:11] == pytest.approx(few.surge_level)
    assert many.surge_level[-1] < many.surge_level[1]
