"""One release, ready to be searched. Immutable: a turn keeps its snapshot from retrieval to record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from knowledge_base.model import Faq, Unit, UnitKey
from knowledge_base.search.documents import Document, document
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.segment import Collection, Evidence, Query, Segment, Tokens
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words, grams


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


class Features(NamedTuple):
    """What speaks for one unit; the ranker weighs it."""

    asked: float
    passage: float
    grams: float
    words: float
    named: float


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

    def query(self, text: str) -> Query:
        """Prepare a normalised question."""
        encoder = self.tools.encoder
        vector = encoder.queries([text])[0] if encoder is not None else None
        return Query(text, tuple(grams(text)), tuple(self.tools.words.cut(text)), vector)

    def search(self, query: Query, limit: int = 50) -> list[Hit]:
        """The units that may be meant, most promising first by a rough sum; the ranker orders them finally."""
        hits: list[tuple[float, Hit]] = []
        for part, dead in ((self.base, self.gone), (self.delta, frozenset())):
            if not part.entries:
                continue
            evidence = part.segment.evidence(query)
            rough = rough_scores(evidence)
            if dead:
                rough = np.where([entry.revision in dead for entry in part.entries], -1.0, rough)
            count = min(limit, len(part.entries))
            for row in np.argpartition(-rough, count - 1)[:count]:
                if rough[row] < 0:
                    continue
                features = Features(
                    float(evidence.asked[row]),
                    float(evidence.passage[row]),
                    float(evidence.grams[row]),
                    float(evidence.words[row]),
                    float(evidence.named[row]),
                )
                hits.append((float(rough[row]), Hit(part.entries[row].unit, features)))
        hits.sort(key=lambda pair: (-pair[0], pair[1].unit.key))
        return [hit for _, hit in hits[:limit]]


def rough_scores(evidence: Evidence) -> np.ndarray:  # type: ignore[type-arg]
    """The measured starting point: question vector + 2 × answer vector + a little BM25 + names."""
    return (
        evidence.asked
        + 2 * evidence.passage
        + 0.4 * evidence.grams
        + 0.2 * evidence.words
        + 0.3 * np.minimum(evidence.named * 2, 1)
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
    documents: list[Document] = [document(entry.unit) for entry in entries]
    tools.words.add(name for one in documents for name in one.names)
    tokens = Tokens.of(documents, tools.words)
    return Base(tuple(entries), Segment(documents, tokens, collection, tools.vectors), collection)
