"""No count that was withheld can be worked out from what is published, whatever the counts are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from withheld_counts import possible

from insights.openness.suppression import LEAST, SMALL, WITHHELD, Cell, alone, lumped, suppress

COUNTS = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=2), st.one_of(st.integers(0, 25), st.integers(0, 400)), max_size=6
)


@settings(max_examples=400, deadline=None)
@given(COUNTS)
def test_a_withheld_count_may_still_be_anything(counts: dict[str, int]) -> None:
    published, total = suppress(counts), sum(counts.values())
    assert list(published) == list(counts)
    for name, cell in published.items():
        if isinstance(cell, int):
            assert cell == counts[name] >= LEAST
        elif cell == SMALL:
            assert counts[name] < LEAST
            assert possible(published, total, name) == set(range(LEAST))
        elif total >= LEAST:  # a smaller total is not published
            assert len(possible(published, total, name)) > 1


@settings(max_examples=200, deadline=None)
@given(COUNTS)
def test_nothing_is_withheld_without_need(counts: dict[str, int]) -> None:
    if all(count >= LEAST for count in counts.values()):
        assert suppress(counts) == counts
    published = suppress(counts)
    if WITHHELD in published.values() and SMALL in published.values():
        biggest_hidden = max(counts[name] for name, cell in published.items() if cell == WITHHELD)
        assert all(cell >= biggest_hidden for cell in published.values() if isinstance(cell, int))


@pytest.mark.parametrize(
    ("counts", "published"),
    [
        ({"web": 400, "wechat": 300}, {"web": 400, "wechat": 300}),
        # One small count would be the total less the rest: the next smallest goes with it.
        ({"web": 400, "wechat": 300, "phone": 3}, {"web": 400, "wechat": WITHHELD, "phone": SMALL}),
        # 10 + 0: that both are withheld would tell them; a third is withheld, too.
        ({"a": 0, "b": 10, "c": 50, "d": 90}, {"a": SMALL, "b": WITHHELD, "c": WITHHELD, "d": 90}),
        # Two sevens are 14: neither can be 4 or less. Three fives hide each other.
        ({"a": 7, "b": 7, "c": 90, "d": 99}, {"a": SMALL, "b": SMALL, "c": WITHHELD, "d": 99}),
        ({"a": 5, "b": 5, "c": 5, "d": 99}, {"a": SMALL, "b": SMALL, "c": SMALL, "d": 99}),
        # Nines alone add up to 27, which nothing but nines does.
        ({"a": 9, "b": 9, "c": 9}, {"a": WITHHELD, "b": WITHHELD, "c": WITHHELD}),
        ({"a": 3}, {"a": WITHHELD}),
        ({}, {}),
    ],
)
def test_what_is_withheld(counts: dict[str, int], published: dict[str, Cell]) -> None:
    assert suppress(counts) == published


def test_small_topics_are_told_together() -> None:
    assert lumped({"passport": 40, "a": 3, "b": 9}, "other") == {"passport": 40, "other": 12}
    assert lumped({"passport": 40}, "other") == {"passport": 40}
    assert (alone(9), alone(10), alone(0)) == (SMALL, 10, SMALL)
