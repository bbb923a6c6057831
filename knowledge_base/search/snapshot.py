"""One release, ready to be searched. Immutable: a turn keeps its snapshot from retrieval to record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from operator import add
from typing import NamedTuple

import numpy as np

from knowledge_base.model import Package, Synonym, Unit, UnitKey
from knowledge_base.model.package import packages_of
from knowledge_base.search.documents import document
from knowledge_base.search.encoder import Encoder, Vectors
from knowledge_base.search.lexical import Rows, Scores
from knowledge_base.search.names import Mention, find_in
from knowledge_base.search.ranker import Features, Ranker
from knowledge_base.search.segment import Collection, Evidence, Overlap, Query, Segment, Tokens
from knowledge_base.search.spelling import Spelling
from knowledge_base.search.synonyms import Synonyms, of, shipped
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words, grams

TOMBSTONE = float("-inf")
CANDIDATES = 100
"""Units of each part whose evidence is weighed in full."""
BLOCK = 64
"""Rows of a large part of which the best one is looked at first."""


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
    by_words: Ranker | None = None
    """Judges by words alone: the encoder runs only where these do not settle a question. None: it always runs."""


class Hit(NamedTuple):
    """A unit that may be meant, and what speaks for it."""

    unit: Unit
    features: Features
    question: frozenset[str] = frozenset()
    """The n-grams of the question; empty where several readings were put together."""
    by_words: bool = False
    """Whether it was found without the encoder, though there is one."""


@dataclass(frozen=True)
class Base:
    """The large, seldom rebuilt part: entries, their segment and the collection's statistics."""

    entries: tuple[Entry, ...]
    segment: Segment
    collection: Collection

    @cached_property
    def rows(self) -> dict[int, int]:
        """The row of each revision."""
        return {entry.revision: row for row, entry in enumerate(self.entries)}


@dataclass(frozen=True)
class Snapshot:
    """The units of `release`: those of the base that still hold, plus a delta of newer ones."""

    release: int
    tools: Tools
    base: Base
    delta: Base
    spelling: Spelling
    units: Mapping[UnitKey, Unit]
    """All units of the release that answer, by key."""
    gone: frozenset[int] = frozenset()
    """Revisions of the base that are no longer in this release (tombstones)."""
    synonyms: Synonyms = field(default_factory=shipped)
    """What it takes words of a question for. Documents know nothing of them: changing some indexes nothing anew."""

    def get(self, kind: str, id: str | None) -> Unit | None:
        return self.units.get(UnitKey(kind, id)) if id else None

    def has_heard_of(self, topic: str) -> bool:
        """Whether any two characters of these words, as citizens or offices have them, stand together in the base."""
        known = (self.base.collection.asked.frequency, self.base.collection.text.frequency)
        wordings = (topic, self.synonyms.officially(topic))
        pairs = [gram for wording in wordings for gram in grams(wording) if len(gram) > 1]
        return any(pair in frequency for frequency in known for pair in pairs)

    @cached_property
    def packages(self) -> dict[str, tuple[Package, ...]]:
        """Packages by the items that are steps of them."""
        return packages_of(self.units.values())

    def query(self, text: str, topic: str = "", subjects: Sequence[str] = ()) -> Query:
        """Prepare a normalised question. Its words count as the citizen has them and as the office does.

        Args:
            topic: its words that name what it is about.
            subjects: what distinguishes the service that it names, in either wording.
        """
        wordings = dict.fromkeys((text, self.synonyms.officially(text)))
        both = unique(gram for wording in wordings for gram in grams(wording))
        about = unique(gram for wording in (topic, self.synonyms.officially(topic)) for gram in grams(wording))
        named = tuple(tuple(grams(subject)) for subject in subjects)
        return Query(text, both, about or both, named, None)

    def encoded(self, query: Query) -> Query:
        """The query with its meaning, in the citizen's own words: the office's would cost as much again and find no
        more. The same where no encoder is loaded."""
        encoder = self.tools.encoder
        return query if encoder is None else replace(query, vector=encoder.queries([query.text])[0])

    def mended(self, text: str) -> str:
        """A normalised text with slips and pinyin spelled as this knowledge base spells them.

        A word of the office's own groups is none, however it sounds.
        """
        pieces = self.synonyms.apart(text)
        pieces[::2] = map(self.spelling.mend, pieces[::2])
        return "".join(pieces)

    def mentions(self, text: str) -> tuple[list[Mention], list[Mention]]:
        """The names in a normalised text that units of this release bear: those of the base, those of the delta."""
        in_base, in_delta = find_in(
            ((self.base.segment.names, self._dead), (self.delta.segment.names, frozenset())), text
        )
        return in_base, in_delta

    @cached_property
    def _dead(self) -> frozenset[int]:
        """The rows of the base that are tombstones."""
        return frozenset(self.base.rows[revision] for revision in self.gone)

    def overlaps(self, query: Query) -> tuple[Overlap, Overlap]:
        """What a question has in common in words with the units of the base, and with those of the delta."""
        in_base, in_delta = self.mentions(query.text)
        if (official := self.synonyms.officially(query.text)) != query.text:
            in_base, in_delta = map(add, (in_base, in_delta), self.mentions(official))
        return self.base.segment.overlap(query, in_base), self.delta.segment.overlap(query, in_delta)

    def search(
        self, query: Query, limit: int = CANDIDATES, overlaps: tuple[Overlap, Overlap] | None = None
    ) -> list[Hit]:
        """The units that may be meant, most promising first.

        Args:
            overlaps: those of this question, where they are known.
        """
        in_base, in_delta = overlaps or self.overlaps(query)
        hits: list[Hit] = []
        question = frozenset(query.grams)
        by_words = query.vector is None and self.tools.encoder is not None
        parts = ((self.base, in_base, self._dead), (self.delta, in_delta, frozenset[int]()))
        for part, overlap, dead in parts:
            if not part.entries:
                continue
            found = self.found(part, overlap, query.vector, dead, limit)
            hits += (Hit(part.entries[row].unit, one, question, by_words) for row, one in found)
        scores = self.tools.ranker.scores([hit.features for hit in hits])
        ordered = sorted(
            (-score, hit.unit.kind, hit.unit.id, place) for place, (score, hit) in enumerate(zip(scores, hits))
        )
        return [hits[place] for *_, place in ordered]

    def found(
        self, part: Base, overlap: Overlap, vector: Vectors | None, dead: frozenset[int], limit: int
    ) -> list[tuple[int, Features]]:
        """The most promising rows of a part, but for the tombstones, and what speaks for each; in no order."""
        rough = part.segment.find(overlap, vector)
        if dead:
            rough[list(dead)] = TOMBSTONE
        rows = best_rows(rough, limit)
        return list(zip(rows.tolist(), features_of(part.segment.evidence(overlap, vector, rows)))) if len(rows) else []


def unique(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tokens))


def best_rows(rough: Scores, limit: int) -> Rows:
    """The rows with the highest scores that are not tombstones, in no order."""
    rows = np.arange(len(rough))
    if len(rough) > limit * BLOCK:
        # So many blocks have a score as high as this, so the best rows have too: few others are left to compare.
        highest = rough[: len(rough) // BLOCK * BLOCK].reshape(-1, BLOCK).max(axis=1)
        rows = np.flatnonzero(rough >= np.partition(highest, -limit)[-limit])
    if len(rows) > limit:
        rows = rows[np.argpartition(-rough[rows], limit - 1)[:limit]]
    return rows[rough[rows] > TOMBSTONE]


def features_of(evidence: Evidence) -> list[Features]:
    """The evidence of each unit that was weighed."""
    columns = (getattr(evidence, one.name).tolist() for one in fields(Evidence))
    return list(map(Features._make, zip(*columns)))


def build(release: int, entries: Sequence[Entry], tools: Tools, progress: Progress | None = None) -> Snapshot:
    """Index all units of a release from nothing."""
    synonyms = of(groups_in(entries, tools))
    entries = [entry for entry in entries if not isinstance(entry.unit, Synonym)]
    documents = [document(entry.unit) for entry in entries]
    tools.words.add(name for one in documents for name in one.names)
    tokens = Tokens.of(documents)
    collection = Collection.of(tokens)
    base = Base(tuple(entries), Segment(documents, tokens, collection, tools.vectors, progress), collection)
    names = (name for one in documents for name in one.names)
    spelling = Spelling(names, (collection.asked, collection.text), tools.words.frequencies)
    by_key = {entry.unit.key: entry.unit for entry in entries}
    part = _part((), collection, tools)
    return Snapshot(release, tools, base, part, spelling, by_key, synonyms=synonyms)


def advance(snapshot: Snapshot, release: int, added: Sequence[Entry], removed: set[int]) -> Snapshot:
    """The next release: the same base, a new delta. Costs as much as the delta is large."""
    synonyms = snapshot.synonyms.changed(groups_in(added, snapshot.tools), removed)
    added = [entry for entry in added if not isinstance(entry.unit, Synonym)]
    removed = removed - snapshot.synonyms.groups.keys()
    if not added and not removed:
        return replace(snapshot, release=release, synonyms=synonyms)
    delta = [entry for entry in snapshot.delta.entries if entry.revision not in removed]
    come_back = {entry.revision for entry in added} & snapshot.gone
    gone = (snapshot.gone | (removed & snapshot.base.rows.keys())) - come_back
    delta += [entry for entry in added if entry.revision not in come_back]
    part = _part(delta, snapshot.base.collection, snapshot.tools)
    units = dict(snapshot.units)
    for revision in removed & snapshot.base.rows.keys():
        units.pop(snapshot.base.entries[snapshot.base.rows[revision]].unit.key, None)
    for entry in snapshot.delta.entries:
        if entry.revision in removed:
            units.pop(entry.unit.key, None)
    units |= {entry.unit.key: entry.unit for entry in added}
    return replace(snapshot, release=release, delta=part, units=units, gone=frozenset(gone), synonyms=synonyms)


def groups_in(entries: Sequence[Entry], tools: Tools) -> dict[int, Synonym]:
    """The groups of synonyms among entries, by revision; the words of a question are cut so that theirs stay whole."""
    groups = {entry.revision: entry.unit for entry in entries if isinstance(entry.unit, Synonym)}
    tools.words.add(word for one in groups.values() for word in (one.official, *one.said))
    return groups


def _part(entries: Sequence[Entry], collection: Collection, tools: Tools) -> Base:
    documents = [document(entry.unit) for entry in entries]
    tools.words.add(name for one in documents for name in one.names)
    tokens = Tokens.of(documents)
    return Base(tuple(entries), Segment(documents, tokens, collection, tools.vectors), collection)
