"""Vectors of content by text hash, in one growing file per encoder that every process maps into memory."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from knowledge_base.search.encoder import Encoder, Vectors

KEY_BYTES = 16
BATCH = 64

Progress = Callable[[int, int], None]
"""Called with how many texts are encoded, and of how many."""


class VectorStore:
    """Keeps what an encoder said about each text, so that publishing one edit encodes one text.

    Layout of `<directory>/<encoder>.vectors`: records of a 16-byte key and `size` float16 numbers. It is only appended
    to, under a lock; a record cut short by a crash is cut off by the next writer. Losing the file costs time only.
    """

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{encoder.name}.vectors"
        self._path.touch()
        self._encoder = encoder
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", np.float16, (encoder.size,))])
        self._rows: dict[bytes, int] = {}
        self._records = np.zeros(0, self._record)

    def queries(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of texts in the role of questions; encodes those that are missing."""
        return self._get("q", texts, self._encoder.queries, progress)

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of texts in the role of answers; encodes those that are missing."""
        return self._get("p", texts, self._encoder.passages, progress)

    def _get(
        self, role: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors], progress: Progress | None
    ) -> Vectors:
        keys = [hashlib.blake2b(f"{role}\0{text}".encode(), digest_size=KEY_BYTES).digest() for text in texts]
        if any(key not in self._rows for key in keys):
            self._refresh()
        missing = list({key: text for key, text in zip(keys, texts) if key not in self._rows}.items())
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self._append([key for key, _ in batch], encode([text for _, text in batch]))
            if progress:
                progress(min(start + BATCH, len(missing)), len(missing))
        if missing:
            self._refresh()
        if not keys:
            return np.zeros((0, self._encoder.size), np.float32)
        return self._records["vector"][[self._rows[key] for key in keys]].astype(np.float32)

    def _append(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        records = np.zeros(len(keys), self._record)
        records["key"] = np.array(keys, dtype=f"V{KEY_BYTES}")
        records["vector"] = vectors
        with self._lock() as file:
            whole = file.seek(0, 2) // self._record.itemsize * self._record.itemsize
            file.truncate(whole)
            file.seek(whole)
            file.write(records.tobytes())

    def _refresh(self) -> None:
        known, count = len(self._records), self._path.stat().st_size // self._record.itemsize
        if count <= known:
            return
        self._records = np.memmap(self._path, self._record, mode="r", shape=(count,))
        for row in range(known, count):
            self._rows[self._records["key"][row].tobytes()] = row

    @contextmanager
    def _lock(self) -> Iterator[BinaryIO]:
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
