"""Token overlap as sparse matrices: BM25 for question against text, weighted Jaccard for question against question.

Our own because a small delta must be weighed with the statistics of the whole knowledge base
(docs/decisions/0004-lexical-index.md has what the packaged indexes do instead).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Scores = npt.NDArray[np.float32]

K1, B = 1.2, 0.6


class Statistics:
    """How often tokens occur in a collection: what makes a token weigh."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        self.frequency: Counter[str] = Counter()
        self.count = 0
        length = 0
        for tokens in documents:
            self.frequency.update(set(tokens))
            self.count += 1
            length += len(tokens)
        self.mean_length = length / self.count if self.count else 1.0

    def idf(self, token: str) -> float:
        """Always above 0; highest for a token that no document has."""
        seen = self.frequency.get(token, 0)
        return float(np.log1p((self.count - seen + 0.5) / (seen + 0.5)))

    def weight(self, tokens: Iterable[str]) -> float:
        """How much distinct tokens weigh together."""
        return sum(self.idf(token) for token in set(tokens))


class Postings:
    """Documents as rows, tokens as columns of a sparse matrix."""

    def __init__(self, documents: Sequence[Sequence[str]], weigh: Callable[[str, int, int], float]) -> None:
        """`weigh(token, count, length of its document)` gives an element's value."""
        self.size = len(documents)
        self._columns: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        for row, tokens in enumerate(documents):
            for token, count in Counter(tokens).items():
                rows.append(row)
                columns.append(self._columns.setdefault(token, len(self._columns)))
                weights.append(weigh(token, count, len(tokens)))
        shape = (self.size, max(len(self._columns), 1))
        self._matrix = sparse.csc_matrix((np.array(weights, np.float32), (rows, columns)), shape=shape)

    def add_up(self, tokens: Iterable[str]) -> Scores:
        """The sum of the tokens' values in each document."""
        total = np.zeros(self.size, np.float32)
        for token in set(tokens):
            column = self._columns.get(token)
            if column is not None:
                start, end = self._matrix.indptr[column], self._matrix.indptr[column + 1]
                total[self._matrix.indices[start:end]] += self._matrix.data[start:end]
        return total

    def row_sums(self) -> Scores:
        return np.asarray(self._matrix.sum(axis=1), np.float32).ravel()


class TextIndex:
    """BM25 (Robertson & Zaragoza 2009) of questions against texts."""

    def __init__(self, documents: Sequence[Sequence[str]], statistics: Statistics) -> None:
        self._statistics = statistics

        def bm25(token: str, count: int, length: int) -> float:
            norm = K1 * (1 - B + B * length / statistics.mean_length)
            return statistics.idf(token) * count * (K1 + 1) / (count + norm)

        self._postings = Postings(documents, bm25)

    def scores(self, tokens: Sequence[str]) -> Scores:
        """One score a document, divided by the most that the query could get: 0 … 1."""
        best = self._statistics.weight(tokens) * (K1 + 1)
        return self._postings.add_up(tokens) / np.float32(max(best, 1e-9))


class QuestionIndex:
    """Likeness of questions: what they share, by weight."""

    def __init__(self, documents: Sequence[Sequence[str]], statistics: Statistics) -> None:
        self._statistics = statistics
        self._postings = Postings(documents, lambda token, count, length: statistics.idf(token))
        self._weights = self._postings.row_sums()

    def shared(self, tokens: Sequence[str]) -> Scores:
        """The weight of what each document shares with the query."""
        return self._postings.add_up(tokens)

    def likeness(self, tokens: Sequence[str]) -> Scores:
        """Weighted Jaccard index: 1 for the same tokens, 0 for none shared."""
        shared = self.shared(tokens)
        union = self._weights + np.float32(self._statistics.weight(tokens)) - shared
        return shared / np.maximum(union, 1e-9)
