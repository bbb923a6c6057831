"""A small transparent text classifier: logistic regression on character n-grams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.utils import murmurhash3_32

CLAUSE = re.compile(r"[,，。;；!！?？\s]+")
WIDTH = 2**16
STRENGTH = 100.0
TAIL = 0.5
"""How much the last clause counts beside the whole text."""
EDGE = "\x02"
"""Stands before and behind a text, so that how it begins and ends can be learned; normalised texts contain none."""


class Label(NamedTuple):
    """A class and how probable it is."""

    name: str
    probability: float


class TextClassifier:
    """Labels short Chinese texts. The whole text counts, and again its last clause, where the question mostly stands.

    N-grams are hashed, so that a saved classifier is a few arrays, safe and quick to load (`.npz`, no pickle).
    """

    def __init__(self, labels: Sequence[str], idf: npt.NDArray[Any], weights: npt.NDArray[Any]) -> None:
        """`weights`: (2 × WIDTH, classes), for the n-grams of the text and of its last clause; `idf`: (2 × WIDTH,)."""
        self.labels = tuple(labels)
        self._idf = idf
        self._weights = weights

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], strength: float = STRENGTH) -> TextClassifier:
        """Learn from texts and their labels; the same input gives the same classifier.

        Without an intercept: it would only say how many sentences of each class were written down.
        """
        found = counts(texts)
        idf = TfidfTransformer().fit(found).idf_
        regression = LogisticRegression(
            C=strength, solver="liblinear", class_weight="balanced", fit_intercept=False, random_state=0
        )
        regression.fit(weighed(found, idf), list(labels))
        weights = np.ascontiguousarray(regression.coef_.T, dtype=np.float32)
        return cls(list(regression.classes_), idf.astype(np.float32), weights)

    def rank(self, text: str) -> list[Label]:
        """All labels, most probable first."""
        return self.rank_counted(counted(text))

    def rank_counted(self, found: Counted) -> list[Label]:
        """The same for the n-grams of one text, which several classifiers can share."""
        halves = (found.grams >= WIDTH).astype(np.intp)
        # Only the rows of the n-grams at hand: a product of matrices would first convert all the weights.
        odds = scaled(found.times, found.grams, halves, self._idf, 2) @ self._weights[found.grams]
        each = 1 / (1 + np.exp(-odds))  # one against the rest, as it was learned
        probabilities = each / each.sum()
        return [Label(self.labels[i], float(probabilities[i])) for i in np.argsort(-probabilities)]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, labels=np.array(self.labels), idf=self._idf, weights=self._weights)

    @classmethod
    def load(cls, path: Path) -> TextClassifier:
        with np.load(path, allow_pickle=False) as parts:
            return cls([str(label) for label in parts["labels"]], parts["idf"], parts["weights"])


VECTORIZER = HashingVectorizer(analyzer="char", ngram_range=(1, 2), n_features=WIDTH, norm=None, alternate_sign=False)
GRAMS = VECTORIZER.build_analyzer()


class Counted(NamedTuple):
    """The hashed n-grams of one text and, from WIDTH on, of its last clause, and how often each stands there."""

    times: npt.NDArray[np.float64]
    grams: npt.NDArray[np.intp]


def counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """Hashed n-gram counts of whole texts and of last clauses, side by side: (len(texts), 2 × WIDTH)."""
    tails = [last_clause(text) for text in texts]
    return sparse.hstack([VECTORIZER.transform(map(edged, part)) for part in (texts, tails)]).tocsr()


def counted(text: str) -> Counted:
    """The same for one text, without the matrices."""
    numbers = [hashed(gram) for gram in GRAMS(edged(text))]
    numbers += [WIDTH + hashed(gram) for gram in GRAMS(edged(last_clause(text)))]
    times = Counter(numbers)
    grams = sorted(times)
    return Counted(np.array([times[gram] for gram in grams], np.float64), np.array(grams, np.intp))


@lru_cache(maxsize=4096)
def hashed(gram: str) -> int:
    """The number that HashingVectorizer gives to an n-gram; characters and pairs come again and again."""
    return abs(int(murmurhash3_32(gram))) % WIDTH


def edged(text: str) -> str:
    return f"{EDGE}{text}{EDGE}"


def weighed(found: sparse.csr_matrix, idf: npt.NDArray[Any]) -> sparse.csr_matrix:
    """Sublinear tf-idf, a row's first half of length one, the second of length TAIL."""
    matrix = found.copy()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    halves = rows * 2 + (matrix.indices >= WIDTH)
    matrix.data = scaled(matrix.data, matrix.indices, halves, idf, 2 * matrix.shape[0])
    return matrix


def scaled(
    times: npt.NDArray[np.float64], grams: npt.NDArray[Any], halves: npt.NDArray[Any], idf: npt.NDArray[Any], of: int
) -> npt.NDArray[np.float64]:
    """What n-grams weigh that stand so often in these of all the `of` halves of texts; second ones have odd numbers."""
    weights = (1 + np.log(times)) * idf[grams]
    lengths = np.sqrt(np.bincount(halves, weights**2, minlength=of))
    scaled_weights: npt.NDArray[np.float64] = (
        weights / np.maximum(lengths[halves], 1e-9) * np.where(halves % 2, TAIL, 1.0)
    )
    return scaled_weights


def last_clause(text: str) -> str:
    """The last clause with at least three characters, or the text."""
    clauses = [clause for clause in CLAUSE.split(text) if len(clause) >= 3]
    return clauses[-1] if clauses else text
