"""BM25 (Robertson & Zaragoza 2009) over any tokens, as one sparse matrix.

Our own because a small delta must be weighed with the statistics of the whole knowledge base, which the packaged
indexes compute from their own documents only (docs/decisions/0004-lexical-index.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

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


class LexicalIndex:
    """Documents as rows, tokens as columns, BM25 weights as values."""

    def __init__(self, documents: Sequence[Sequence[str]], statistics: Statistics) -> None:
        self._statistics = statistics
        self._columns: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        for row, tokens in enumerate(documents):
            norm = K1 * (1 - B + B * len(tokens) / statistics.mean_length)
            for token, count in Counter(tokens).items():
                rows.append(row)
                columns.append(self._columns.setdefault(token, len(self._columns)))
                weights.append(statistics.idf(token) * count * (K1 + 1) / (count + norm))
        shape = (len(documents), max(len(self._columns), 1))
        self._matrix = sparse.csc_matrix((np.array(weights, np.float32), (rows, columns)), shape=shape)

    def scores(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """One score a document, divided by the most that the query could get: 0 … about 1."""
        wanted = set(tokens)
        total = np.zeros(self._matrix.shape[0], np.float32)
        best = sum(self._statistics.idf(token) for token in wanted) * (K1 + 1)
        if not best:
            return total
        for token in wanted:
            column = self._columns.get(token)
            if column is not None:
                start, end = self._matrix.indptr[column], self._matrix.indptr[column + 1]
                total[self._matrix.indices[start:end]] += self._matrix.data[start:end]
        return total / np.float32(best)
