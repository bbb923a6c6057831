"""An immutable index over some units; a snapshot is a large one plus a small one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.search.documents import Document
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.lexical import LexicalIndex, Statistics
from knowledge_base.search.names import NameIndex
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words, grams

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Query:
    """A question prepared once for all segments."""

    text: str
    grams: tuple[str, ...]
    words: tuple[str, ...]
    vector: Vectors | None
    """None where no encoder is loaded."""


@dataclass(frozen=True)
class Evidence:
    """Scores of every unit of a segment, by row."""

    grams: Scores
    words: Scores
    asked: Scores
    """Cosine with the nearest of the unit's questions; 0 without an encoder."""
    passage: Scores
    """Cosine with what the unit says."""
    named: Scores
    """Share of the question's characters that a name of the unit covers."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents, cut once."""

    grams: list[list[str]]
    words: list[list[str]]

    @classmethod
    def of(cls, documents: Sequence[Document], words: Words) -> Tokens:
        return cls([grams(one.text) for one in documents], [words.cut(one.text) for one in documents])


@dataclass(frozen=True)
class Collection:
    """Token statistics that all segments of a snapshot share."""

    grams: Statistics
    words: Statistics

    @classmethod
    def of(cls, tokens: Tokens) -> Collection:
        return cls(Statistics(tokens.grams), Statistics(tokens.words))


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
        self._grams = LexicalIndex(tokens.grams, collection.grams)
        self._words = LexicalIndex(tokens.words, collection.words)
        self.names = NameIndex((row, name) for row, document in enumerate(documents) for name in document.names)
        self._asked: Vectors | None = None
        self._passages: Vectors | None = None
        if vectors is not None and documents:
            asked = [question for document in documents for question in document.asked]
            counts = [len(document.asked) for document in documents]
            self._starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)
            self._asked = vectors.queries(asked, progress)
            self._passages = vectors.passages([document.passage for document in documents], progress)

    def evidence(self, query: Query) -> Evidence:
        """Score every unit for a question."""
        asked = passage = np.zeros(self._size, np.float32)
        if query.vector is not None and self._asked is not None and self._passages is not None:
            asked = np.maximum.reduceat(self._asked @ query.vector, self._starts)
            passage = self._passages @ query.vector
        named = np.zeros(self._size, np.float32)
        for mention in self.names.find(query.text):
            rows = list(mention.rows)
            named[rows] = np.maximum(named[rows], mention.length / max(len(query.text), 1))
        return Evidence(self._grams.scores(query.grams), self._words.scores(query.words), asked, passage, named)
