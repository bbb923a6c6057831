"""An immutable index over some units; a snapshot is a large one plus a small one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.search.documents import Document
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.lexical import QuestionIndex, Scores, Statistics, TextIndex
from knowledge_base.search.names import Mention, NameIndex
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words, grams


@dataclass(frozen=True)
class Query:
    """A question prepared once for all segments."""

    text: str
    grams: tuple[str, ...]
    words: tuple[str, ...]
    topic_grams: tuple[str, ...]
    """The n-grams of the words that name a topic; all of them where none does."""
    vector: Vectors | None
    """The question; None where no encoder is loaded."""
    topic_vector: Vectors | None
    """The topic alone, asked for in the plainest way."""


@dataclass(frozen=True)
class Evidence:
    """Scores of every unit of a segment, by row; 0 … 1, and cosines (0 without an encoder)."""

    asked: Scores
    """Cosine of the question with the nearest of the unit's questions."""
    topic: Scores
    """Cosine of the topic alone with the nearest of them."""
    passage: Scores
    """Cosine with what the unit says."""
    like_grams: Scores
    """Likeness with the most alike of the unit's questions, in n-grams."""
    like_words: Scores
    text_grams: Scores
    """BM25 with what the unit says, in n-grams."""
    text_words: Scores
    covered: Scores
    """Share of the topic's weight that stands in one of the unit's questions or in its text."""
    named: Scores
    """Share of the question's characters that a name of the unit covers."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents, cut once: of each question of each document, and of each text."""

    asked_grams: list[list[str]]
    asked_words: list[list[str]]
    text_grams: list[list[str]]
    text_words: list[list[str]]

    @classmethod
    def of(cls, documents: Sequence[Document], words: Words) -> Tokens:
        asked = [question for document in documents for question in document.asked]
        texts = [document.text for document in documents]
        return cls([*map(grams, asked)], [*map(words.cut, asked)], [*map(grams, texts)], [*map(words.cut, texts)])


@dataclass(frozen=True)
class Collection:
    """Token statistics that all segments of a snapshot share."""

    asked_grams: Statistics
    asked_words: Statistics
    text_grams: Statistics
    text_words: Statistics

    @classmethod
    def of(cls, tokens: Tokens) -> Collection:
        return cls(
            Statistics(tokens.asked_grams),
            Statistics(tokens.asked_words),
            Statistics(tokens.text_grams),
            Statistics(tokens.text_words),
        )


class Segment:
    def __init__(
        self,
        documents: Sequence[Document],
        tokens: Tokens,
        collection: Collection,
        vectors: VectorStore | None,
        progress: Progress | None = None,
    ) -> None:
        self._size = len(documents)
        self._collection = collection
        self._asked_grams = QuestionIndex(tokens.asked_grams, collection.asked_grams)
        self._asked_words = QuestionIndex(tokens.asked_words, collection.asked_words)
        self._text_grams = TextIndex(tokens.text_grams, collection.text_grams)
        self._text_words = TextIndex(tokens.text_words, collection.text_words)
        self._text_cover = QuestionIndex(tokens.text_grams, collection.asked_grams)
        counts = [len(document.asked) for document in documents]
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)
        self.names = NameIndex((row, name) for row, document in enumerate(documents) for name in document.names)
        self._asked: Vectors | None = None
        self._passages: Vectors | None = None
        if vectors is not None and documents:
            self._asked = vectors.queries([question for one in documents for question in one.asked], progress)
            self._passages = vectors.passages([one.passage for one in documents], progress)

    def evidence(self, query: Query, mentions: Sequence[Mention] | None = None, without: int | None = None) -> Evidence:
        """Score every unit for a question.

        `mentions`: the names of this segment that count, where they are not simply all in the question.
        `without`: the index of a question of this segment that is to count for nothing, as when that very
        question is asked to learn from.
        """
        if not self._size:
            nothing = np.zeros(0, np.float32)
            return Evidence(*(nothing,) * 9)

        def best(scores: Scores) -> Scores:
            if without is not None:
                scores[without] = 0
            return np.maximum.reduceat(scores, self._starts)

        asked = topic = passage = np.zeros(self._size, np.float32)
        if query.vector is not None and self._asked is not None and self._passages is not None:
            asked = best(self._asked @ query.vector)
            topic = best(self._asked @ query.topic_vector) if query.topic_vector is not None else asked
            passage = self._passages @ query.vector
        weight = max(self._collection.asked_grams.weight(query.topic_grams), 1e-9)
        covered = np.maximum(
            best(self._asked_grams.shared(query.topic_grams)), self._text_cover.shared(query.topic_grams)
        )
        named = np.zeros(self._size, np.float32)
        for mention in self.names.find(query.text) if mentions is None else mentions:
            rows = list(mention.rows)
            named[rows] = np.maximum(named[rows], mention.length / max(len(query.text), 1))
        return Evidence(
            asked=asked,
            topic=topic,
            passage=passage,
            like_grams=best(self._asked_grams.likeness(query.grams)),
            like_words=best(self._asked_words.likeness(query.words)),
            text_grams=self._text_grams.scores(query.grams),
            text_words=self._text_words.scores(query.words),
            covered=covered / np.float32(weight),
            named=named,
        )
