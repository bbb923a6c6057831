"""A snapshot that remembers what it found in its base, so that the next one on the same base need not search it again.

Searching the base is half of what a turn costs, and a candidate differs from the published release by some drafts only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from operator import add
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge_base.search.encoder import Vectors
from knowledge_base.search.lexical import Rows, Scores
from knowledge_base.search.names import Mention
from knowledge_base.search.ranker import Features
from knowledge_base.search.segment import ByWords, Overlap, Query, Segment
from knowledge_base.search.snapshot import Base, Snapshot


class Found(NamedTuple):
    """What one question found in the base: 6 KB."""

    dead: frozenset[int]
    """The tombstones among which it was found."""
    rows: Rows
    evidence: npt.NDArray[np.float64]
    """Of each row, the features."""

    def holds(self, dead: frozenset[int]) -> bool:
        """Whether it would be found among these tombstones, too: none came back, none of the found ones has died."""
        return self.dead <= dead and dead.isdisjoint(self.rows.tolist())


class Postponed(Overlap):
    """What a question has in common with a segment, worked out when somebody looks at it."""

    mentions: tuple[Mention, ...]
    _segment: Segment

    def __init__(self, segment: Segment, query: Query, mentions: Sequence[Mention]) -> None:
        self.__dict__.update(query=query, mentions=tuple(mentions), _segment=segment)

    @cached_property
    def _made(self) -> Overlap:
        return self._segment.overlap(self.query, self.mentions)

    @property
    def rough(self) -> Scores:
        return self._made.rough

    @property
    def named(self) -> Scores:
        return self._made.named

    @property
    def everywhere(self) -> ByWords | None:
        return self._made.everywhere


@dataclass(frozen=True)
class Remembering(Snapshot):
    """Answers as the snapshot does that it is made of; `advance` passes the memory on."""

    memory: dict[tuple[object, ...], Found] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, snapshot: Snapshot, before: Remembering | None) -> Remembering:
        """The snapshot, with the memory of the one before where it stands on the same base."""
        if before is not None and before.release == snapshot.release and before.units is snapshot.units:
            return before
        memory = before.memory if before is not None and before.base is snapshot.base else {}
        return cls(**{one.name: getattr(snapshot, one.name) for one in fields(Snapshot)}, memory=memory)

    def overlaps(self, query: Query) -> tuple[Overlap, Overlap]:
        in_base, in_delta = self.mentions(query.text)
        if (official := self.synonyms.officially(query.text)) != query.text:
            in_base, in_delta = map(add, (in_base, in_delta), self.mentions(official))
        return Postponed(self.base.segment, query, in_base), Postponed(self.delta.segment, query, in_delta)

    def found(
        self, part: Base, overlap: Overlap, vector: Vectors | None, dead: frozenset[int], limit: int
    ) -> list[tuple[int, Features]]:
        if part is not self.base or not isinstance(overlap, Postponed):
            return super().found(part, overlap, vector, dead, limit)
        query = overlap.query
        key = (query.text, query.grams, query.topic_grams, query.subjects, vector is None, overlap.mentions, limit)
        known = self.memory.get(key)
        if known is not None and known.holds(dead):
            return list(zip(known.rows.tolist(), map(Features._make, known.evidence.tolist())))
        evidence = super().found(part, overlap, vector, dead, limit)
        rows = np.array([row for row, _ in evidence], np.intp)
        table = np.array([one for _, one in evidence], np.float64).reshape(-1, len(Features._fields))
        self.memory[key] = Found(dead, rows, table)
        return evidence
