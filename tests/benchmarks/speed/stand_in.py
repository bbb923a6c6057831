"""A sentence encoder that costs nothing and understands nothing: for work on everything but the encoding itself."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from knowledge_base.search.encoder import Vectors

NAME = "stand-in"
CHARACTERS = 1 << 14


class StandIn:
    """The mean of random vectors of a text's characters: repeatable, and alike for texts that share characters."""

    name, size = NAME, 384

    def __init__(self) -> None:
        self._of = np.random.default_rng(1).standard_normal((CHARACTERS, self.size)).astype(np.float32)

    def queries(self, texts: Sequence[str]) -> Vectors:
        rows = [self._of[[crc32(character.encode()) % CHARACTERS for character in text]].sum(axis=0) for text in texts]
        vectors = np.array(rows, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    passages = queries
