"""Cosines of one query with very many texts: rough ones for all, exact ones for few."""

from __future__ import annotations

import numpy as np

from knowledge_base.search.encoder import Vectors
from knowledge_base.search.lexical import Rows, Scores
from knowledge_base.search.vectors import VectorStore

EXACT = 4096
"""As many vectors as this are simply kept and multiplied."""
DIRECTIONS = 64
"""Of more, the projections on their main directions are multiplied: a sixth of the size and the time."""
WHOLE = 16_384
"""Of more, these alone are kept in memory, and what is looked at closely is read from the store."""
PART = 8192


class Cosines:
    """The vectors of one segment's texts. Those of a very large one stay in the store's file."""

    def __init__(self, store: VectorStore, rows: Rows) -> None:
        """`rows`: where the vectors stand in the store, one a text."""
        self._store = store
        self._rows = rows
        self._basis: Vectors | None = None
        self._whole = store.read(rows) if len(rows) <= WHOLE else None
        if self._whole is not None and len(rows) <= EXACT:
            self._kept = self._whole
        else:
            sample = store.read(rows[:: len(rows) // EXACT])
            self._basis = np.linalg.svd(sample, full_matrices=False)[2][:DIRECTIONS].T.copy()
            parts = [store.read(rows[start : start + PART]) @ self._basis for start in range(0, len(rows), PART)]
            self._kept = np.concatenate(parts)

    def rough(self, query: Vectors) -> Scores:
        """About the cosine of every text."""
        scores: Scores = self._kept @ (query if self._basis is None else query @ self._basis)
        return scores

    def exact(self, query: Vectors, which: Rows) -> Scores:
        """The cosines of the texts numbered `which`."""
        vectors = self._store.read(self._rows[which]) if self._whole is None else self._whole[which]
        scores: Scores = vectors @ query
        return scores
