"""Names and aliases of units, found inside a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
        self._lengths = sorted({len(name) for name in rows}, reverse=True)

    def find(self, text: str) -> list[Mention]:
        """The mentions in a normalised text, left to right; a longer name hides shorter ones inside it."""
        text = text.lower()
        found: list[Mention] = []
        start = 0
        while start < len(text):
            mention = self._at(text, start)
            if mention is None:
                start += 1
            else:
                found.append(mention)
                start = mention.end
        return found

    def _at(self, text: str, start: int) -> Mention | None:
        for length in self._lengths:
            rows = self._rows.get(text[start : start + length]) if start + length <= len(text) else None
            if rows:
                return Mention(start, start + length, rows)
        return None
