"""A small transparent text classifier: logistic regression on character n-grams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

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
        counted = counts(texts)
        idf = TfidfTransformer().fit(counted).idf_
        regression = LogisticRegression(
            C=strength, solver="liblinear", class_weight="balanced", fit_intercept=False, random_state=0
        )
        regression.fit(weighed(counted, idf), list(labels))
        weights = np.ascontiguousarray(regression.coef_.T, dtype=np.float32)
        return cls(list(regression.classes_), idf.astype(np.float32), weights)

    def rank(self, text: str) -> list[Label]:
        """All labels, most probable first."""
        return self.rank_counted(counts([text]))

    def rank_counted(self, counted: sparse.csr_matrix) -> list[Label]:
        """The same for the counts of one text, which several classifiers can share."""
        features = weighed(counted, self._idf)
        # Only the rows of the n-grams at hand: a product of matrices would first convert all the weights.
        odds = features.data @ self._weights[features.indices]
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


def counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """Hashed n-gram counts of whole texts and of last clauses, side by side: (len(texts), 2 × WIDTH)."""
    tails = [last_clause(text) for text in texts]
    whole, last = (VECTORIZER.transform(map(edged, part)) for part in (texts, tails))
    if len(texts) > 1:
        return sparse.hstack([whole, last]).tocsr()
    # For one row the same, without what scipy does for any number of matrices of any shape.
    data, indices = np.concatenate([whole.data, last.data]), np.concatenate([whole.indices, last.indices + WIDTH])
    return sparse.csr_matrix((data, indices, np.array([0, len(data)])), shape=(1, 2 * WIDTH))


def edged(text: str) -> str:
    return f"{EDGE}{text}{EDGE}"


def weighed(counted: sparse.csr_matrix, idf: npt.NDArray[Any]) -> sparse.csr_matrix:
    """Sublinear tf-idf, a row's first half of length one, the second of length TAIL."""
    matrix = counted.copy()
    matrix.data = (1 + np.log(matrix.data)) * idf[matrix.indices]
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    halves = rows * 2 + (matrix.indices >= WIDTH)
    lengths = np.sqrt(np.bincount(halves, matrix.data**2, minlength=2 * matrix.shape[0]))
    matrix.data = matrix.data / np.maximum(lengths[halves], 1e-9) * np.where(halves % 2, TAIL, 1.0)
    return matrix


def last_clause(text: str) -> str:
    """The last clause with at least three characters, or the text."""
    clauses = [clause for clause in CLAUSE.split(text) if len(clause) >= 3]
    return clauses[-1] if clauses else text
