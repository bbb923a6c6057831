"""Where a short pattern stands in a great many short texts.

The texts lie one behind the other in one array of 16-bit codes, a 0 before each and after the last. All positions are
kept in the order of the two codes found there. A pattern is looked up by its rarest element or pair of elements, and
the rest of it is compared for all places at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
Positions = NDArray[np.int32]
Table = NDArray[np.bool_]
"""Which codes may stand at a place, by code."""
Element = int | Table

LONGEST = 64
"""Elements of a pattern at most; also the zeros before and after all texts, so that no comparison leaves the array."""
ANY: Table = np.arange(1 << 16) > 0


class Anchor(NamedTuple):
    """How often something stands in the texts, how many elements of a pattern it is, and its parts of the order."""

    size: int
    width: int
    slices: list[tuple[int, int]]


class Sequences:
    """Texts, given as codes with a 0 before each and after the last; never changed."""

    def __init__(self, codes: Codes) -> None:
        margin = np.zeros(LONGEST, np.uint16)
        self.codes: Codes = np.concatenate([margin, codes, margin])
        here = self.codes[LONGEST : LONGEST + len(codes)].astype(np.uint32)
        pairs = here << np.uint32(16) | self.codes[LONGEST + 1 : LONGEST + 1 + len(codes)]
        order = np.argsort(pairs, kind="stable").astype(np.int32)
        self._pairs, first = np.unique(pairs[order], return_index=True)
        self._bounds = np.append(first, len(codes)).astype(np.int32)
        self._order: Positions = order + np.int32(LONGEST)
        self._starts: Positions = (np.flatnonzero(codes == 0) + LONGEST).astype(np.int32)

    def start(self, row: int) -> int:
        """The position of a text's first code; of the end of all texts for one past the last."""
        return int(self._starts[row]) + 1

    def rows(self, positions: Positions) -> NDArray[np.int64]:
        """The texts that the positions lie in; the 0 before a text belongs to it."""
        return np.searchsorted(self._starts, positions, side="right") - 1

    def opens(self, positions: Positions) -> Table:
        """Whether a text begins there."""
        return self.codes[positions - 1] == 0

    def find(self, *patterns: Sequence[Element]) -> Positions:
        """Where one of the patterns begins, in no order; it lies within one text wherever no element admits a 0."""
        known: dict[tuple[int, int | None], Anchor] = {}  # patterns of one input have most of their pairs in common
        found = [self._find(pattern, known) for pattern in patterns if 0 < len(pattern) <= LONGEST]
        return np.concatenate(found) if found else self._order[:0]

    def _find(self, pattern: Sequence[Element], known: dict[tuple[int, int | None], Anchor]) -> Positions:
        offset, anchor = min(enumerate(self._anchors(pattern, known)), key=lambda choice: choice[1].size)
        if not anchor.size:
            return self._order[:0]
        found = np.concatenate([self._order[a:b] for a, b in anchor.slices]) - np.int32(offset)
        for at, element in enumerate(pattern):
            if not offset <= at < offset + anchor.width and len(found):
                there = self.codes[found + np.int32(at)]
                found = found[element[there] if isinstance(element, np.ndarray) else there == element]
        return found

    def _anchors(self, pattern: Sequence[Element], known: dict[tuple[int, int | None], Anchor]) -> Iterator[Anchor]:
        """For each element of a pattern where it stands, together with the next if both are single codes."""
        for element, following in zip(pattern, [*pattern[1:], ANY]):
            if isinstance(element, np.ndarray):
                key: tuple[int, int | None] = (-id(element), None)
            else:
                key = (element, following if isinstance(following, int) else None)
            if key not in known:
                known[key] = self._anchor(element, key[1])
            yield known[key]

    def _anchor(self, element: Element, following: int | None) -> Anchor:
        if element is ANY:
            return Anchor(len(self._order) + 1, 1, [(0, len(self._order))])  # the last choice
        if isinstance(element, np.ndarray):
            first, span = np.flatnonzero(element).astype(np.uint32) << np.uint32(16), 1 << 16
        else:
            first, span = np.array([element << 16 | (following or 0)], np.uint32), 1 << 16 if following is None else 1
        slices = self._slices(first, span)
        return Anchor(sum(b - a for a, b in slices), 1 if following is None else 2, slices)

    def _slices(self, firsts: NDArray[np.uint32], span: int) -> list[tuple[int, int]]:
        """The parts of `_order` whose pairs lie in first … first + span - 1."""
        low = self._bounds[np.searchsorted(self._pairs, firsts)]
        high = self._bounds[np.searchsorted(self._pairs, firsts + np.uint32(span - 1), side="right")]
        there = high > low
        return list(zip(low[there].tolist(), high[there].tolist()))
