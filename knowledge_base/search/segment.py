"""An immutable index over some units; a snapshot is a large one plus a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from knowledge_base.search.cosines import Cosines
from knowledge_base.search.documents import Document
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.lexical import Bags, Cover, QuestionIndex, Rows, Scores, Statistics, TextIndex, spread
from knowledge_base.search.names import Mention, NameIndex
from knowledge_base.search.vectors import Progress, Role, VectorStore
from knowledge_base.search.words import grams


@dataclass(frozen=True)
class Query:
    """A question prepared once for all segments."""

    text: str
    grams: tuple[str, ...]
    """The n-grams of the question in the citizen's words and in the office's."""
    topic_grams: tuple[str, ...]
    """The n-grams of the words that name a topic; all of them where none does."""
    subjects: tuple[tuple[str, ...], ...]
    """The n-grams of what distinguishes the service that it names, in each wording; empty where it names none."""
    vector: Vectors | None
    """The question; None where no encoder is loaded, or before one was needed."""


@dataclass(frozen=True)
class Evidence:
    """Scores of some units of a segment; 0 … 1, and cosines (0 without an encoder)."""

    asked: Scores
    """Cosine of the question with the nearest of the unit's questions."""
    said: Scores
    """Cosine with the nearest part of what the unit says."""
    like_grams: Scores
    """Likeness with the most alike of the unit's questions, in n-grams."""
    text_grams: Scores
    """BM25 with what the unit says, in n-grams."""
    covered: Scores
    """Share of the topic's weight that stands in one of the unit's questions or in its text."""
    subject: Scores
    """Share of what distinguishes the named service that the unit speaks of; 1 where the question names none."""
    named: Scores
    """Share of the question's characters that a name of the unit covers."""


class ByWords(NamedTuple):
    """What words say of some units, or of all; the fields are those of `Evidence`."""

    like_grams: Scores
    text_grams: Scores
    covered: Scores
    subject: Scores


OfGrams = Callable[[Sequence[str]], Scores]


@dataclass(frozen=True)
class Overlap:
    """What a question has in common with the units of a segment in words, made once for all searches for it."""

    query: Query
    rough: Scores
    """A rough score of every unit."""
    named: Scores
    """As in `Evidence`, of every unit."""
    everywhere: ByWords | None
    """Of every unit; None in a segment so large that only what was found is looked at."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents, cut once: of each question of each document, and of each text."""

    asked: Bags
    text: Bags

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Tokens:
        asked = (question for document in documents for question in document.asked)
        return cls(Bags(map(grams, asked)), Bags(grams(document.text) for document in documents))


@dataclass(frozen=True)
class Collection:
    """Token statistics that all segments of a snapshot share."""

    asked: Statistics
    text: Statistics

    @classmethod
    def of(cls, tokens: Tokens) -> Collection:
        return cls(Statistics(tokens.asked), Statistics(tokens.text))


class Groups:
    """Texts that belong to units, several to each, of which the best one counts."""

    def __init__(self, counts: Iterable[int]) -> None:
        self._ends: Rows = np.cumsum([0, *counts]).astype(np.intp)

    def best(self, scores: Scores) -> Scores:
        """The best score of each unit, from one score a text."""
        if len(scores) == len(self._ends) - 1:
            return scores  # one text each, as most FAQs have
        return np.maximum.reduceat(scores, self._ends[:-1])

    def best_of(self, rows: Rows, score: Callable[[Rows], Scores]) -> Scores:
        """The same for the units `rows` alone; `score` is asked for the texts of these."""
        starts, counts = self._ends[rows], self._ends[rows + 1] - self._ends[rows]
        ends: Rows = np.cumsum(counts)
        return np.maximum.reduceat(score(spread(starts, counts)), ends - counts)


class Segment:
    def __init__(
        self,
        documents: Sequence[Document],
        tokens: Tokens,
        collection: Collection,
        vectors: VectorStore | None,
        progress: Progress | None = None,
    ) -> None:
        self.size = len(documents)
        self._collection = collection
        self._asked_grams = QuestionIndex(tokens.asked, collection.asked)
        self._text_grams = TextIndex(tokens.text, collection.text)
        self._text_cover = Cover(tokens.text, collection.asked)
        self._questions = Groups(len(document.asked) for document in documents)
        self._windows = Groups(len(document.said) for document in documents)
        self.names = NameIndex((row, name) for row, document in enumerate(documents) for name in document.names)
        self._asked: Cosines | None = None
        self._said: Cosines | None = None
        if vectors is not None and documents:
            asked = [question for document in documents for question in document.asked]
            said = [window for document in documents for window in document.said]
            roles: tuple[Role, Role] = ("q", "p")
            vectors.complete([(role, text) for role, texts in zip(roles, (asked, said)) for text in texts], progress)
            self._asked = Cosines(vectors, vectors.locate("q", asked))
            self._said = Cosines(vectors, vectors.locate("p", said))

    def overlap(self, query: Query, mentions: Sequence[Mention]) -> Overlap:
        """What the question has in common with the units in words.

        Args:
            mentions: the names of this segment that count.
        """
        named = np.zeros(self.size, np.float32)
        if not self.size:
            return Overlap(query, named, named, None)
        best, asked, texts = self._questions.best, self._asked_grams, self._text_grams
        tokens = (*query.grams, *query.topic_grams, *chain.from_iterable(query.subjects))
        asked_there, said_there = asked.walk(tokens), texts.walk(tokens)
        everywhere = None
        if asked_there is None or said_there is None:
            rough = texts.find(query.grams) + best(asked.find(query.grams)) / self._weight(query.grams)
        else:
            shared = once(lambda grams: asked.shared(grams, walk=asked_there))
            everywhere = self._by_words(
                query,
                like=lambda grams: best(asked.likeness(grams, shared=shared(grams))),
                text=lambda grams: texts.scores(grams, walk=said_there),
                asked=lambda grams: best(shared(grams)),
                said=lambda grams: self._text_cover.shared(grams, walk=said_there),
            )
            rough = everywhere.text_grams + best(shared(query.grams)) / self._weight(query.grams)
        for mention in mentions:
            bearers, share = list(mention.rows), np.float32(mention.length / max(len(query.text), 1))
            rough[bearers] += share
            named[bearers] = np.maximum(named[bearers], share)
        return Overlap(query, rough, named, everywhere)

    def find(self, overlap: Overlap, vector: Vectors | None) -> Scores:
        """A rough score of every unit, quick however many there are: enough to have the right one among the first."""
        if vector is None or self._asked is None or self._said is None:
            return overlap.rough.copy()
        rough = np.float32(0.5) * overlap.rough + self._questions.best(self._asked.rough(vector))
        rough += self._windows.best(self._said.rough(vector))
        return rough

    def evidence(self, overlap: Overlap, vector: Vectors | None, rows: Rows, without: int | None = None) -> Evidence:
        """Score the units `rows` for a question.

        Args:
            rows: at least one.
            without: the index of a question of this segment that is to count for nothing, as when that very
                question is asked to learn from.
        """

        def best(score: Callable[[Rows], Scores]) -> Scores:
            if without is None:
                return self._questions.best_of(rows, score)
            return self._questions.best_of(rows, lambda texts: np.where(texts == without, 0, score(texts)))

        asked = said = np.zeros(len(rows), np.float32)
        if vector is not None and (questions := self._asked) and (windows := self._said):
            asked = best(lambda texts: questions.exact(vector, texts))
            said = self._windows.best_of(rows, lambda texts: windows.exact(vector, texts))
        if without is None and overlap.everywhere is not None:
            by_words = ByWords(*(scores[rows] for scores in overlap.everywhere))
        else:
            by_words = self._by_words(
                overlap.query,
                like=lambda grams: best(lambda texts: self._asked_grams.likeness(grams, texts)),
                text=lambda grams: self._text_grams.scores(grams, rows),
                asked=lambda grams: best(lambda texts: self._asked_grams.shared(grams, texts)),
                said=lambda grams: self._text_cover.shared(grams, rows),
            )
        return Evidence(asked, said, *by_words, overlap.named[rows])

    def _by_words(self, query: Query, like: OfGrams, text: OfGrams, asked: OfGrams, said: OfGrams) -> ByWords:
        """The evidence of words, from what units have in common with some n-grams.

        Args:
            like, text: the likeness of questions, and of the text.
            asked, said: the weight of what stands in a question, and in the text.
        """

        def share(grams: Sequence[str]) -> Scores:
            return np.maximum(asked(grams), said(grams)) / self._weight(grams)

        covered = share(query.topic_grams)
        subject = np.max([share(one) for one in query.subjects] or [np.ones_like(covered)], axis=0)
        return ByWords(like(query.grams), text(query.grams), covered, subject)

    def _weight(self, grams: Sequence[str]) -> np.float32:
        return np.float32(max(self._collection.asked.weight(grams), 1e-9))


def once(score: OfGrams) -> OfGrams:
    """The same, asked once for the same n-grams."""
    known: dict[Sequence[str], Scores] = {}

    def remembered(grams: Sequence[str]) -> Scores:
        if grams not in known:
            known[grams] = score(grams)
        return known[grams]

    return remembered
