"""Remembers the vectors of questions that are asked again and again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from foundation.aside import aside
from knowledge_base.search.encoder import Encoder, Vectors
from knowledge_base.search.vectors import key_of

KEPT = 2048
FEW = 4
"""A question comes in few wordings; whoever asks for more at once encodes content, which is kept elsewhere."""


class QueryCache:
    """An encoder that does not encode a recent question again. Thread-safe, as encoders are.

    Questions are remembered by their hash: no text of a citizen stays.
    """

    def __init__(self, encoder: Encoder, kept: int = KEPT) -> None:
        self._encoder = encoder
        self._kept = kept
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.name = encoder.name
        self.size = encoder.size

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.passages(texts)

    def queries(self, texts: Sequence[str]) -> Vectors:
        if not 0 < len(texts) <= FEW:
            return self._encoder.queries(texts)
        keys = [key_of("q", text) for text in texts]
        found = self._recall(keys)
        missing = {key: text for key, text in zip(keys, texts) if key not in found}
        if missing:
            texts = list(missing.values())
            found.update(zip(missing, aside(lambda: self._encoder.queries(texts))))
            self._remember({key: found[key] for key in missing})
        return np.stack([found[key] for key in keys])

    def _recall(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
        return found

    def _remember(self, news: dict[bytes, Vectors]) -> None:
        with self._lock:
            self._known.update(news)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
