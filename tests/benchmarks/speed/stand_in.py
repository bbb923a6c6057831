"""A sentence encoder that costs nothing and understands nothing: for work on everything but the encoding itself."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from knowledge_base.search.encoder import Encoder, Vectors

NAME = "stand-in"
CHARACTERS = 1 << 14
AT_ONCE = 2
"""As many texts are one citizen's question, in its wordings."""


class StandIn:
    """The mean of random vectors of a text's characters: repeatable, and alike for texts that share characters."""

    name, size = NAME, 384

    def __init__(self, questions: Encoder | None = None) -> None:
        """`questions`: an encoder that is asked for citizens' questions, for the time that it takes."""
        self._questions = questions
        self._of = np.random.default_rng(1).standard_normal((CHARACTERS, self.size)).astype(np.float32)

    def queries(self, texts: Sequence[str]) -> Vectors:
        if self._questions is not None and len(texts) <= AT_ONCE:
            return self._questions.queries(texts)
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        rows = [self._of[[crc32(character.encode()) % CHARACTERS for character in text]].sum(axis=0) for text in texts]
        vectors = np.array(rows, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
