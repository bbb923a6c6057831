"""What somebody who knows a total and our rules may conclude of a count that was withheld."""

from __future__ import annotations

from collections.abc import Mapping

from insights.openness.suppression import LEAST, SMALL, WITHHELD, Cell


def possible(published: Mapping[str, Cell], total: int, name: str) -> set[int]:
    """All values that a withheld cell may have, by trying out every sum, for somebody who knows the total.

    They also know the marks' meaning, and that of the larger counts the smallest are withheld with the small ones.
    """
    shown = [cell for cell in published.values() if isinstance(cell, int)]
    left = total - sum(shown)
    with_small = SMALL in published.values()
    ranges = {}
    for other, cell in published.items():
        if cell == SMALL:
            ranges[other] = range(0, LEAST)
        elif cell == WITHHELD:
            ranges[other] = range(LEAST, min([left, *shown]) + 1) if with_small else range(0, left + 1)
    sums = {0}
    for other, values in ranges.items():
        if other != name:
            sums = {before + value for before in sums for value in values if before + value <= left}
    return {value for value in ranges[name] if left - value in sums}
