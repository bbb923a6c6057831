"""Token overlap as sparse matrices: BM25 for question against text, weighted Jaccard for question against question.

Our own because a small delta must be weighed with the statistics of the whole knowledge base
(docs/decisions/0004-lexical-index.md has what the packaged indexes do instead).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

K1, B = 1.2, 0.6
WALK = 200_000
"""Elements that a query looks at to find documents, its rarest tokens first. What stands in many documents finds
nothing by itself; it still counts once a document is found."""
WALK_ALL = 50_000
"""Places of a query's tokens up to which it costs less to look at all of them than at all tokens of what was found."""


class Bags:
    """Documents as bags of tokens: how often each token stands in each document. Rows, by numbers of tokens."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        tokens, ends = array("i"), array("q", [0])
        for document in documents:
            tokens.extend(map(numbers.__getitem__, document))
            ends.append(len(tokens))
        self.numbers: dict[str, int] = dict(numbers)
        self.size = len(ends) - 1
        self.lengths = np.diff(np.frombuffer(ends, np.int64))
        columns = np.array(tokens, np.int32)
        parts = (np.ones(len(columns), np.int32), columns, np.array(ends))
        self.counts = sparse.csr_matrix(parts, shape=(self.size, max(len(numbers), 1)))
        self.counts.sum_duplicates()


class Statistics:
    """How often tokens occur in a collection: what makes a token weigh."""

    def __init__(self, bags: Bags) -> None:
        seen = np.bincount(bags.counts.indices, minlength=len(bags.numbers))
        self.frequency: dict[str, int] = dict(zip(bags.numbers, seen.tolist()))
        """In how many documents each token stands."""
        self.count = bags.size
        self.mean_length = float(bags.lengths.sum()) / max(self.count, 1) or 1.0

    def idf(self, token: str) -> float:
        """Always above 0; highest for a token that no document has."""
        seen = self.frequency.get(token, 0)
        return float(np.log1p((self.count - seen + 0.5) / (seen + 0.5)))

    def idfs(self, tokens: Iterable[str]) -> npt.NDArray[np.float64]:
        """The idf of each token."""
        seen = np.array([self.frequency.get(token, 0) for token in tokens], np.float64)
        return np.log1p((self.count - seen + 0.5) / (seen + 0.5))

    def weight(self, tokens: Iterable[str]) -> float:
        """How much distinct tokens weigh together."""
        return float(self.idfs(set(tokens)).sum())


class Weights:
    """What each token of each document weighs, to weigh a few documents."""

    def __init__(self, bags: Bags, weights: npt.NDArray[np.floating[Any]]) -> None:
        """`weights`: one for each element of the bags, row by row."""
        self.size = bags.size
        self._numbers = bags.numbers
        counts = bags.counts
        parts = (weights.astype(np.float32), counts.indices, counts.indptr)
        self._by_row = sparse.csr_matrix(parts, shape=counts.shape)

    def sums(self, tokens: Iterable[str], rows: Rows | None = None) -> Scores:
        """The sum of the tokens' weights in each document, or in each of `rows`."""
        wanted = np.zeros(self._by_row.shape[1], np.float32)
        wanted[self.known(tokens)] = 1
        if rows is None:
            return np.asarray(self._by_row @ wanted, np.float32)
        # What SciPy does for a few rows costs mostly for making and checking a matrix of them.
        starts = self._by_row.indptr[rows].astype(np.intp)
        counts = self._by_row.indptr[rows + 1] - starts
        places = spread(starts, counts)
        products = wanted[self._by_row.indices[places]] * self._by_row.data[places]
        return np.bincount(np.repeat(np.arange(len(rows)), counts), products, len(rows)).astype(np.float32)

    def row_sums(self) -> Scores:
        return np.asarray(self._by_row.sum(axis=1), np.float32).ravel()

    def known(self, tokens: Iterable[str]) -> Rows:
        """The numbers of the tokens that some document has, in order."""
        return np.array(sorted({self._numbers[token] for token in tokens if token in self._numbers}), np.intp)


class Postings(Weights):
    """The same by token too, to find documents."""

    def __init__(self, bags: Bags, weights: npt.NDArray[np.floating[Any]]) -> None:
        super().__init__(bags, weights)
        by_column = self._by_row.tocsc()
        self._starts, self._documents, self._weights = by_column.indptr, by_column.indices, by_column.data

    def find(self, tokens: Iterable[str]) -> Scores:
        """The sums in every document over the rarest tokens, as many as there is time for."""
        starts, counts = self._spans(self.known(tokens))
        order = np.argsort(counts, kind="stable")
        if len(order):
            order = order[: max(1, int(np.searchsorted(np.cumsum(counts[order]), WALK, side="right")))]
        sums = np.zeros(self.size, np.float32)
        for start, end in zip(starts[order].tolist(), (starts + counts)[order].tolist()):
            sums[self._documents[start:end]] += self._weights[start:end]  # a token names no document twice
        return sums

    def walk(self, tokens: Iterable[str]) -> Walk | None:
        """All places where these tokens stand; None where they are too many to look at."""
        numbers = {token: self._numbers[token] for token in tokens if token in self._numbers}
        in_order = sorted(numbers, key=numbers.__getitem__)
        known = np.array([numbers[token] for token in in_order], np.intp)
        starts, counts = self._spans(known)
        if counts.sum() > WALK_ALL:
            return None
        places = spread(starts, counts)
        tokens_there = np.repeat(np.arange(len(known)), counts)
        standing = {token: place for place, token in enumerate(in_order)}
        return Walk(self.size, standing, known, self._documents[places], tokens_there, self._weights[places])

    def _spans(self, numbers: Rows) -> tuple[Rows, Rows]:
        """Where the documents of these tokens begin, and how many they are."""
        starts = self._starts[numbers].astype(np.intp)
        return starts, self._starts[numbers + 1] - starts


class Walk(NamedTuple):
    """All places where the tokens of a query stand, token by token: the sums over any of them are quickly made.

    They are the same to the last bit as `Weights.sums` has them.
    """

    size: int
    """Documents, those where none of the tokens stands among them."""
    standing: dict[str, int]
    """The tokens that stand somewhere, each with its place in `numbers`."""
    numbers: Rows
    documents: Rows
    """For each place the document."""
    tokens: Rows
    """For each place which of `numbers` stands there."""
    weights: Scores
    """For each place what it weighs."""

    def sums(self, tokens: Iterable[str], each: Scores | None = None) -> Scores:
        """The sum of these tokens' weights in every document.

        Args:
            tokens: some of the query's.
            each: what a token weighs by its number; by default what it weighs in each place.
        """
        wanted = np.zeros(len(self.numbers), np.float32)
        wanted[[self.standing[token] for token in tokens if token in self.standing]] = 1
        weights = wanted[self.tokens] * self.weights if each is None else (wanted * each[self.numbers])[self.tokens]
        return np.bincount(self.documents, weights, self.size).astype(np.float32)


def spread(starts: Rows, counts: Rows) -> Rows:
    """The numbers start, start + 1, … of each span, one span after the other."""
    numbers: Rows = np.repeat(starts - np.cumsum(counts) + counts, counts)
    numbers += np.arange(len(numbers))
    return numbers


def by_idf(bags: Bags, statistics: Statistics) -> npt.NDArray[np.float64]:
    """Each element's weight by its token alone."""
    idf: npt.NDArray[np.float64] = statistics.idfs(bags.numbers)[bags.counts.indices]
    return idf


class TextIndex:
    """BM25 (Robertson & Zaragoza 2009) of questions against texts."""

    def __init__(self, bags: Bags, statistics: Statistics) -> None:
        self._statistics = statistics
        norms = K1 * (1 - B + B * bags.lengths / statistics.mean_length)
        counts = bags.counts.data
        saturated = counts * (K1 + 1) / (counts + np.repeat(norms, np.diff(bags.counts.indptr)))
        self._postings = Postings(bags, by_idf(bags, statistics) * saturated)
        self.walk = self._postings.walk

    def scores(self, tokens: Sequence[str], rows: Rows | None = None, walk: Walk | None = None) -> Scores:
        """One score a document, divided by the most that the query could get: 0 … 1.

        Args:
            walk: the places of these tokens, where they are known.
        """
        sums = self._postings.sums(tokens, rows) if walk is None else walk.sums(tokens)
        return sums / self._best(tokens)

    def find(self, tokens: Sequence[str]) -> Scores:
        """Scores by the telling tokens alone: quick however many documents there are."""
        return self._postings.find(tokens) / self._best(tokens)

    def _best(self, tokens: Sequence[str]) -> np.float32:
        return np.float32(max(self._statistics.weight(tokens) * (K1 + 1), 1e-9))


class Cover:
    """What documents share with a question, by weight."""

    def __init__(self, bags: Bags, statistics: Statistics) -> None:
        self._idf = statistics.idfs(bags.numbers).astype(np.float32)
        self._weights = Weights(bags, by_idf(bags, statistics))

    def shared(self, tokens: Sequence[str], rows: Rows | None = None, walk: Walk | None = None) -> Scores:
        """The weight of what each document shares with the query; `walk`: that of the texts' `TextIndex`."""
        return self._weights.sums(tokens, rows) if walk is None else walk.sums(tokens, self._idf)


class QuestionIndex:
    """Likeness of questions: what they share, by weight."""

    def __init__(self, bags: Bags, statistics: Statistics) -> None:
        self._statistics = statistics
        self._postings = Postings(bags, by_idf(bags, statistics))
        self._weights = self._postings.row_sums()
        self.walk = self._postings.walk

    def find(self, tokens: Sequence[str]) -> Scores:
        """What each document shares of the telling tokens: quick however many documents there are."""
        return self._postings.find(tokens)

    def shared(self, tokens: Sequence[str], rows: Rows | None = None, walk: Walk | None = None) -> Scores:
        """The weight of what each document shares with the query; `walk`: as for `TextIndex`."""
        return self._postings.sums(tokens, rows) if walk is None else walk.sums(tokens)

    def likeness(self, tokens: Sequence[str], rows: Rows | None = None, shared: Scores | None = None) -> Scores:
        """Weighted Jaccard index: 1 for the same tokens, 0 for none shared.

        Args:
            shared: what is shared with these documents, where it is known.
        """
        shared = self.shared(tokens, rows) if shared is None else shared
        weights = self._weights if rows is None else self._weights[rows]
        union = weights + np.float32(self._statistics.weight(tokens)) - shared
        return shared / np.maximum(union, 1e-9)
