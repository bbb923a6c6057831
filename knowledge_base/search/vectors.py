"""Vectors of content by text hash, in one growing file per encoder that every process maps into memory."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from knowledge_base.search.encoder import Encoder, Vectors
from knowledge_base.search.lexical import Rows

log = logging.getLogger(__name__)

KEY_BYTES = 16
BATCH = 64
CHUNK = 4096
SLACK = 0.01
"""Vectors have the length one, but for the rounding to float16."""

Role = Literal["q", "p"]
"""A text in the role of a question, or of a passage that may answer one."""
Progress = Callable[[int, int], None]
"""Called with how many texts are encoded, and of how many."""


class VectorStore:
    """Keeps what an encoder said about each text, so that publishing one edit encodes one text.

    Layout of `<directory>/<encoder>.vectors`: records of a 16-byte key and `size` float16 numbers. It is only appended
    to, under a lock; a record cut short by a crash is cut off by the next writer. Losing the file, or a part of
    it, costs time only.
    """

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{encoder.name}.vectors"
        self._path.touch()
        self._encoder = encoder
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", np.float16, (encoder.size,))])
        self._rows: dict[bytes, int] = {}
        self._refreshing = threading.Lock()
        self._records = np.zeros(0, self._record)

    def complete(self, wanted: Sequence[tuple[Role, str]], progress: Progress | None = None) -> None:
        """Encode what is missing. What is interrupted goes on where it stopped."""
        keys = [key_of(role, text) for role, text in wanted]
        if any(key not in self._rows for key in keys):
            self._refresh()
        missing = list({key: one for key, one in zip(keys, wanted) if key not in self._rows}.items())
        # Short and long ones apart: a batch takes as long as its longest.
        missing.sort(key=lambda pair: (pair[1][0], len(pair[1][1])))
        done, own = 0, dict[bytes, int]()
        for role in ("q", "p"):
            mine = [(key, text) for key, (its, text) in missing if its == role]
            encode = self._encoder.queries if role == "q" else self._encoder.passages
            for start in range(0, len(mine), BATCH):
                batch = mine[start : start + BATCH]
                keys = [key for key, _ in batch]
                first = self._append(keys, encode([text for _, text in batch]))
                own.update((key, first + number) for number, key in enumerate(keys))
                done += len(batch)
                if progress:
                    progress(done, len(missing))
        if missing:
            self._refresh()
            self._rows.update(own)

    def locate(self, role: Role, texts: Sequence[str]) -> Rows:
        """The row numbers of texts; encodes those that are missing."""
        wanted: list[tuple[Role, str]] = [(role, text) for text in texts]
        self.complete(wanted)
        return np.array([self._rows[key_of(role, text)] for role, text in wanted], np.intp)

    def read(self, rows: Rows) -> Vectors:
        """The vectors in rows that `locate` gave; shape (len(rows), size)."""
        if not len(rows):
            return np.zeros((0, self._encoder.size), np.float32)
        return widened(self._records["vector"][rows])

    def _append(self, keys: Sequence[bytes], vectors: Vectors) -> int:
        """The row of the first."""
        records = np.zeros(len(keys), self._record)
        records["key"] = np.array(keys, dtype=f"V{KEY_BYTES}")
        records["vector"] = vectors
        with self._lock() as file:
            whole = file.seek(0, 2) // self._record.itemsize * self._record.itemsize
            file.truncate(whole)
            file.seek(whole)
            file.write(records.tobytes())
            return whole // self._record.itemsize

    def _refresh(self) -> None:
        with self._refreshing:
            known, count = len(self._records), self._path.stat().st_size // self._record.itemsize
            if count <= known:
                return
            self._records = np.memmap(self._path, self._record, mode="r", shape=(count,))
            for start in range(known, count, CHUNK):
                self._take(start, self._records[start : min(start + CHUNK, count)])

    def _take(self, start: int, records: npt.NDArray[Any]) -> None:
        """Know these records, from a row on; but not what a bad disk or half a copy has made something else of.

        A text without any known word has no direction; of that, only who has just encoded it can be sure.
        """
        with np.errstate(all="ignore"):
            whole = np.abs(np.linalg.norm(records["vector"].astype(np.float32), axis=1) - 1) < SLACK
        keys = records["key"].tobytes()
        for number in np.flatnonzero(whole).tolist():
            self._rows[keys[number * KEY_BYTES : (number + 1) * KEY_BYTES]] = start + number
        if lost := len(records) - int(whole.sum()):
            log.warning("%s: %d vectors are damaged; their texts are encoded anew", self._path, lost)

    @contextmanager
    def _lock(self) -> Iterator[BinaryIO]:
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def widened(halves: npt.NDArray[np.float16]) -> Vectors:
    """Finite numbers of 16 bits in 32, to the last bit as `astype` has them, in a fifth of the time.

    Sign, exponent and fraction stand in the same order in both: moved to their places they lack only the difference
    between the two offsets of the exponent, which is a factor of 2 ** 112.
    """
    bits = halves.view(np.int16).astype(np.int32)  # int16: the sign is carried along
    bits <<= 13
    bits &= ~0x70000000
    numbers = bits.view(np.float32)
    numbers *= np.float32(2.0**112)
    return numbers


def key_of(role: Role, text: str) -> bytes:
    return hashlib.blake2b(f"{role}\0{text}".encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()
