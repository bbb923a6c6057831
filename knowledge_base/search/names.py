"""Names and aliases of units, found inside a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

SHORTEST = 2


@dataclass(frozen=True)
class Mention:
    """A name that stands in a text at `start:end`, and the units (by row) that bear it."""

    start: int
    end: int
    rows: frozenset[int]

    @property
    def length(self) -> int:
        return self.end - self.start


class NameIndex:
    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        rows: dict[str, set[int]] = defaultdict(set)
        for row, name in names:
            name = name.lower()
            if len(name) >= SHORTEST:
                rows[name].add(row)
        self._rows = {name: frozenset(bearers) for name, bearers in rows.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in rows:
            lengths[name[:SHORTEST]].add(len(name))
        self._lengths = {begins: sorted(found, reverse=True) for begins, found in lengths.items()}
        """How long the names are that begin so, the longest first."""

    def find(self, text: str) -> list[Mention]:
        """The mentions in a normalised text, left to right; a longer name hides shorter ones inside it."""
        return find_in([(self, frozenset())], text)[0]

    def at(self, text: str, start: int, dead: Set[int]) -> Mention | None:
        """The longest name that begins there and that a row not `dead` bears; `text` in lower case."""
        for length in self._lengths.get(text[start : start + SHORTEST], ()):
            rows = self._rows.get(text[start : start + length]) if start + length <= len(text) else None
            if rows and (living := rows - dead):
                return Mention(start, start + length, living)
        return None


def find_in(indexes: Sequence[tuple[NameIndex, Set[int]]], text: str) -> list[list[Mention]]:
    """The mentions of several indexes, each with its dead rows, as if they were one; a list for each index."""
    text = text.lower()
    found: list[list[Mention]] = [[] for _ in indexes]
    start = 0
    while start < len(text):
        here = [index.at(text, start, dead) for index, dead in indexes]
        end = max((mention.end for mention in here if mention), default=0)
        for mentions, mention in zip(found, here):
            if mention and mention.end == end:
                mentions.append(mention)
        start = end or start + 1
    return found
