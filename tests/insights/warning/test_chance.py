"""The negative binomial's tails, against scipy's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, nbinom, poisson

from insights.warning.chance import at_least, at_most, share_at_least, usual

means = st.floats(0.01, 2000)
spreads = st.floats(0.005, 3)


@settings(deadline=None)
@given(st.integers(0, 4000), means, spreads)
def test_tails_are_scipys(count: int, mean: float, spread: float) -> None:
    r = 1 / spread
    law = nbinom(r, r / (r + mean))
    assert at_least(count, mean, spread) == pytest.approx(law.sf(count - 1), rel=1e-5, abs=1e-10)
    assert at_most(count, mean, spread) == pytest.approx(law.cdf(count), rel=1e-5, abs=1e-10)


@settings(deadline=None)
@given(st.integers(0, 200), st.floats(0.1, 100))
def test_without_spread_it_is_poissons(count: int, mean: float) -> None:
    assert at_least(count, mean, 0.0) == pytest.approx(poisson(mean).sf(count - 1), rel=1e-2, abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 500), means, spreads)
def test_the_tails_make_one(count: int, mean: float, spread: float) -> None:
    assert at_least(count, mean, spread) + at_most(count - 1, mean, spread) == pytest.approx(1, abs=1e-8)
    assert at_least(count + 1, mean, spread) <= at_least(count, mean, spread) + 1e-12


@settings(deadline=None)
@given(st.floats(0.01, 500), spreads)
def test_what_is_usual_holds_nine_of_ten(mean: float, spread: float) -> None:
    low, high = usual(mean, spread)
    assert low <= mean + 1 and low <= high
    assert at_most(high, mean, spread) >= 0.95 - 1e-6
    assert at_most(low - 1, mean, spread) <= 0.05 + 1e-6


def test_very_rare_counts_keep_their_order() -> None:
    found = [at_least(count, 5.0, 0.1) for count in (20, 40, 80, 160)]
    assert found == sorted(found, reverse=True) and 0 < found[-1] < 1e-30


@pytest.mark.parametrize("spread", [0.005, 0.1, 0.5, 3.0])
def test_counts_of_which_the_chance_cannot_be_written_are_weighed_at_once(spread: float) -> None:
    """A probability below the smallest number has stopped a sum from ever ending."""
    began = time.process_time()
    found = [at_least(count, 200.0, spread) for count in range(1, 20_000, 50)]
    assert found == sorted(found, reverse=True) and all(one >= 0 for one in found)
    assert all(0 <= at_most(count, 200.0, spread) <= 1 for count in range(0, 200, 50))
    assert time.process_time() - began < 30


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.002, 0.8), st.floats(0.01, 0.2))
def test_shares_are_scipys(count: int, of: int, share: float, spread: float) -> None:
    together = (1 - share) / (spread * share) - 1
    law = betabinom(of, share * together, (1 - share) * together)
    if together > 0.5 and count <= of:
        assert share_at_least(count, of, share, spread) == pytest.approx(law.sf(count - 1), rel=1e-5, abs=1e-10)
