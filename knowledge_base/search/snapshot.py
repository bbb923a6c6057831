"""One release, ready to be searched. Immutable: a turn keeps its snapshot from retrieval to record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge_base.model import Faq, Package, Unit, UnitKey
from knowledge_base.search.documents import document
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.names import Mention, find_in
from knowledge_base.search.ranker import Features, Ranker
from knowledge_base.search.segment import Collection, Evidence, Query, Segment, Tokens
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words, grams

TOMBSTONE = float("-inf")


class Entry(NamedTuple):
    """A published revision and the unit in it."""

    revision: int
    unit: Unit


@dataclass(frozen=True)
class Tools:
    """What building and querying need, loaded once a process."""

    words: Words
    encoder: Encoder | None
    vectors: VectorStore | None
    ranker: Ranker


class Hit(NamedTuple):
    unit: Unit
    features: Features


@dataclass(frozen=True)
class Base:
    """The large, seldom rebuilt part: entries, their segment and the collection's statistics."""

    entries: tuple[Entry, ...]
    segment: Segment
    collection: Collection


@dataclass(frozen=True)
class Snapshot:
    """The units of `release`: those of the base that still hold, plus a delta of newer ones."""

    release: int
    tools: Tools
    base: Base
    delta: Base
    gone: frozenset[int] = frozenset()
    """Revisions of the base that are no longer in this release (tombstones)."""

    @cached_property
    def units(self) -> dict[UnitKey, Unit]:
        """All units of the release by key."""
        live = (entry for entry in self.base.entries if entry.revision not in self.gone)
        return {entry.unit.key: entry.unit for part in (live, self.delta.entries) for entry in part}

    def get(self, kind: str, id: str | None) -> Unit | None:
        return self.units.get(UnitKey(kind, id)) if id else None

    @cached_property
    def children(self) -> dict[str, tuple[Faq, ...]]:
        """FAQs by the item that they belong to."""
        found: dict[str, list[Faq]] = {}
        for unit in self.units.values():
            if isinstance(unit, Faq) and unit.item:
                found.setdefault(unit.item, []).append(unit)
        return {item: tuple(faqs) for item, faqs in found.items()}

    @cached_property
    def packages(self) -> dict[str, tuple[Package, ...]]:
        """Packages by the items that are steps of them."""
        found: dict[str, list[Package]] = {}
        for unit in self.units.values():
            if isinstance(unit, Package):
                for item in {step.item for step in unit.steps}:
                    found.setdefault(item, []).append(unit)
        return {item: tuple(packages) for item, packages in found.items()}

    def query(self, text: str, topic: str = "") -> Query:
        """Prepare a normalised question; `topic`: its words that name what it is about."""
        encoder = self.tools.encoder
        vector = topic_vector = None
        if encoder is not None:
            vectors = encoder.queries([text, f"怎么办理{topic}"] if topic else [text])
            vector, topic_vector = vectors[0], vectors[-1]
        all_grams = tuple(grams(text))
        topic_grams = tuple(grams(topic)) or all_grams
        return Query(text, all_grams, tuple(self.tools.words.cut(text)), topic_grams, vector, topic_vector)

    def mentions(self, text: str) -> tuple[list[Mention], list[Mention]]:
        """The names in a normalised text that units of this release bear: those of the base, those of the delta."""
        in_base, in_delta = find_in(
            ((self.base.segment.names, self._dead), (self.delta.segment.names, frozenset())), text
        )
        return in_base, in_delta

    @cached_property
    def _dead(self) -> frozenset[int]:
        """The rows of the base that are tombstones."""
        if not self.gone:
            return frozenset()
        return frozenset(row for row, entry in enumerate(self.base.entries) if entry.revision in self.gone)

    def search(self, query: Query, limit: int = 50) -> list[Hit]:
        """The units that may be meant, most promising first by a rough sum; the ranker orders them finally."""
        found: list[tuple[float, Hit]] = []
        in_base, in_delta = self.mentions(query.text)
        for part, mentions, dead in ((self.base, in_base, self._dead), (self.delta, in_delta, frozenset())):
            if not part.entries:
                continue
            evidence = part.segment.evidence(query, mentions)
            rough = rough_scores(evidence)
            if dead:
                rough[list(dead)] = TOMBSTONE
            found += (
                (float(rough[row]), Hit(part.entries[row].unit, features_of(evidence, row)))
                for row in best_rows(rough, limit)
            )
        found.sort(key=lambda pair: (-pair[0], pair[1].unit.key))
        return [hit for _, hit in found[:limit]]


def best_rows(rough: npt.NDArray[np.float32], limit: int) -> list[int]:
    """The rows with the highest scores that are not tombstones, in no order."""
    count = min(limit, len(rough))
    return [int(row) for row in np.argpartition(-rough, count - 1)[:count] if rough[row] > TOMBSTONE]


def features_of(evidence: Evidence, row: int) -> Features:
    return Features(*(float(getattr(evidence, one.name)[row]) for one in fields(Evidence)))


def rough_scores(evidence: Evidence) -> npt.NDArray[np.float32]:
    """Enough to have the right unit among the first fifty."""
    return (
        evidence.asked
        + evidence.topic
        + evidence.passage
        + np.float32(0.4) * (evidence.like_grams + evidence.text_grams + evidence.covered)
        + np.float32(0.3) * np.minimum(evidence.named * 2, 1)
    )


def build(release: int, entries: Sequence[Entry], tools: Tools, progress: Progress | None = None) -> Snapshot:
    """Index all units of a release from nothing."""
    documents = [document(entry.unit) for entry in entries]
    tools.words.add(name for one in documents for name in one.names)
    tokens = Tokens.of(documents, tools.words)
    collection = Collection.of(tokens)
    base = Base(tuple(entries), Segment(documents, tokens, collection, tools.vectors, progress), collection)
    return Snapshot(release, tools, base, _part((), collection, tools))


def advance(snapshot: Snapshot, release: int, added: Sequence[Entry], removed: set[int]) -> Snapshot:
    """The next release: the same base, a new delta. Costs as much as the delta is large."""
    delta = [entry for entry in snapshot.delta.entries if entry.revision not in removed]
    come_back = {entry.revision for entry in added} & snapshot.gone
    base_revisions = {entry.revision for entry in snapshot.base.entries} if removed else set()
    gone = (snapshot.gone | (removed & base_revisions)) - come_back
    delta += [entry for entry in added if entry.revision not in come_back]
    return Snapshot(
        release, snapshot.tools, snapshot.base, _part(delta, snapshot.base.collection, snapshot.tools), frozenset(gone)
    )


def _part(entries: Sequence[Entry], collection: Collection, tools: Tools) -> Base:
    documents = [document(entry.unit) for entry in entries]
    tools.words.add(name for one in documents for name in one.names)
    tokens = Tokens.of(documents, tools.words)
    return Base(tuple(entries), Segment(documents, tokens, collection, tools.vectors), collection)
