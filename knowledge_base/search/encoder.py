"""What a sentence encoder is. There are several: `encoders.py` opens the one that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Maps texts to unit vectors whose dot product says how near their meanings are."""

    name: str
    """Names model and version: vectors of different names must not be mixed. Fit for a file's name."""
    size: int

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions; shape (len(texts), size)."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Encode what may answer them; shape (len(texts), size)."""


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """The rows with length one; what is next to nothing stays nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.where(lengths > 1e-6, vectors / np.maximum(lengths, 1e-6), 0).astype(np.float32)
    return scaled
