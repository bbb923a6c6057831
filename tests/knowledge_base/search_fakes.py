"""A cheap sentence encoder, and tools made with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from knowledge_base.search.encoder import Vectors
from knowledge_base.search.ranker import DEFAULT, DEFAULT_BY_WORDS
from knowledge_base.search.snapshot import Tools
from knowledge_base.search.vectors import VectorStore
from knowledge_base.search.words import Words


class HashingEncoder:
    """Texts that share characters have near vectors. Counts what it is asked to encode."""

    def __init__(self, name: str = "hashing-1", size: int = 16) -> None:
        self.name = name
        self.size = size
        self.encoded: list[str] = []

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode("q", texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode("p", texts)

    def _encode(self, role: str, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        rows = np.zeros((len(texts), self.size), np.float32)
        for row, text in zip(rows, texts):
            for character in role + text:
                row[crc32(character.encode("utf-8", "replace")) % self.size] += 1
            row /= np.linalg.norm(row)
        return rows


_words = Words()


def tools(folder: Path | None = None, encoder: HashingEncoder | None = None) -> Tools:
    """Tools with the fake encoder where a folder for its vectors is given, else without any."""
    if folder is None:
        return Tools(_words, None, None, DEFAULT_BY_WORDS)
    encoder = encoder or HashingEncoder()
    return Tools(_words, encoder, VectorStore(folder, encoder), DEFAULT)
