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
Rows = npt.NDArray[np.intp]

K1, B = 1.2, 0.6
TELLING = 4096
"""A token that stands in more documents than this finds nothing by itself; it still counts once a document is found."""


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
    """Documents as rows, tokens as columns of sparse weights; by column to find rows, by row to weigh a few."""

    def __init__(self, documents: Iterable[Sequence[str]], weigh: Callable[[str, int, int], float]) -> None:
        """`weigh(token, count, length of its document)` gives an element's value."""
        self._columns: dict[str, int] = {}
        ends, columns, weights = [0], [], []
        for tokens in documents:
            for token, count in Counter(tokens).items():
                columns.append(self._columns.setdefault(token, len(self._columns)))
                weights.append(weigh(token, count, len(tokens)))
            ends.append(len(columns))
        self.size = len(ends) - 1
        parts = (np.array(weights, np.float32), np.array(columns, np.int32), np.array(ends))
        self._by_row = sparse.csr_matrix(parts, shape=(self.size, max(len(self._columns), 1)))
        self._by_column = self._by_row.tocsc()

    def sums(self, tokens: Iterable[str], rows: Rows | None = None) -> Scores:
        """The sum of the tokens' values in each document, or in each of `rows`."""
        wanted = np.zeros(self._by_row.shape[1], np.float32)
        wanted[self._known(tokens)] = 1
        chosen = self._by_row if rows is None else self._by_row[rows]
        return np.asarray(chosen @ wanted, np.float32)

    def find(self, tokens: Iterable[str]) -> Scores:
        """The sums in every document over those tokens that tell documents apart (all, where none does)."""
        starts = self._by_column.indptr
        known = self._known(tokens)
        telling = [column for column in known if starts[column + 1] - starts[column] <= TELLING]
        total = np.zeros(self.size, np.float32)
        for column in telling or known:
            span = slice(starts[column], starts[column + 1])
            total[self._by_column.indices[span]] += self._by_column.data[span]
        return total

    def row_sums(self) -> Scores:
        return np.asarray(self._by_row.sum(axis=1), np.float32).ravel()

    def _known(self, tokens: Iterable[str]) -> list[int]:
        return [column for token in set(tokens) if (column := self._columns.get(token)) is not None]


class TextIndex:
    """BM25 (Robertson & Zaragoza 2009) of questions against texts."""

    def __init__(self, documents: Iterable[Sequence[str]], statistics: Statistics) -> None:
        self._statistics = statistics

        def bm25(token: str, count: int, length: int) -> float:
            norm = K1 * (1 - B + B * length / statistics.mean_length)
            return statistics.idf(token) * count * (K1 + 1) / (count + norm)

        self._postings = Postings(documents, bm25)

    def scores(self, tokens: Sequence[str], rows: Rows | None = None) -> Scores:
        """One score a document, divided by the most that the query could get: 0 … 1."""
        return self._postings.sums(tokens, rows) / self._best(tokens)

    def find(self, tokens: Sequence[str]) -> Scores:
        """Scores by the telling tokens alone: quick however many documents there are."""
        return self._postings.find(tokens) / self._best(tokens)

    def _best(self, tokens: Sequence[str]) -> np.float32:
        return np.float32(max(self._statistics.weight(tokens) * (K1 + 1), 1e-9))


class QuestionIndex:
    """Likeness of questions: what they share, by weight."""

    def __init__(self, documents: Iterable[Sequence[str]], statistics: Statistics) -> None:
        self._statistics = statistics
        self._postings = Postings(documents, lambda token, count, length: statistics.idf(token))
        self._weights = self._postings.row_sums()

    def find(self, tokens: Sequence[str]) -> Scores:
        """What each document shares of the telling tokens: quick however many documents there are."""
        return self._postings.find(tokens)

    def shared(self, tokens: Sequence[str], rows: Rows | None = None) -> Scores:
        """The weight of what each document shares with the query."""
        return self._postings.sums(tokens, rows)

    def likeness(self, tokens: Sequence[str], rows: Rows | None = None) -> Scores:
        """Weighted Jaccard index: 1 for the same tokens, 0 for none shared."""
        shared = self.shared(tokens, rows)
        weights = self._weights if rows is None else self._weights[rows]
        union = weights + np.float32(self._statistics.weight(tokens)) - shared
        return shared / np.maximum(union, 1e-9)
