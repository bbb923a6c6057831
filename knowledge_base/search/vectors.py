"""Vectors of content by text hash, in one growing file per encoder that every process maps into memory."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from knowledge_base.search.encoder import Encoder, Vectors
from knowledge_base.search.lexical import Rows

log = logging.getLogger(__name__)

KEY_BYTES = 16
BATCH = 64
CHUNK = 4096
PART = 1 << 32
"""Rows have numbers of their own in each part of a store, as many as will ever do."""
SLACK = 0.01
"""Vectors have the length one, but for the rounding to float16."""

Role = Literal["q", "p"]
"""A text in the role of a question, or of a passage that may answer one."""
Identity = tuple[int, int]
"""What tells a file from another one that stands in its place."""
Progress = Callable[[int, int], None]
"""Called with how many texts are encoded, and of how many."""


class _File(NamedTuple):
    identity: Identity
    part: int


class VectorStore:
    """Keeps what an encoder said about each text, so that publishing one edit encodes one text.

    Layout of `<directory>/<encoder>.vectors`: records of a 16-byte key and `size` float16 numbers. It is only appended
    to, under a lock; a record cut short by a crash is cut off by the next writer. Losing the file, or a part of
    it, costs time only, also while it is used. What cannot be written, because a disk is full, is kept in memory until
    the process ends: an edit goes live all the same.
    """

    def __init__(self, directory: Path, encoder: Encoder) -> None:
        self._path = directory / f"{encoder.name}.vectors"
        self._encoder = encoder
        self._record = np.dtype([("key", f"V{KEY_BYTES}"), ("vector", np.float16, (encoder.size,))])
        self._rows: dict[bytes, int] = {}
        """Where each text's vector is: row % PART of the part row // PART."""
        self._refreshing = threading.Lock()
        self._parts: list[npt.NDArray[Any]] = []
        """The file as it was mapped last, files that stood there before, and what is in memory alone. None goes away:
        snapshots hold rows."""
        self._file: _File | None = None
        self._failing = False

    def complete(self, wanted: Sequence[tuple[Role, str]], progress: Progress | None = None) -> None:
        """Encode what is missing. What is interrupted goes on where it stopped."""
        keys = [key_of(role, text) for role, text in wanted]
        if any(key not in self._rows for key in keys):
            self._refresh()
        missing = list({key: one for key, one in zip(keys, wanted) if key not in self._rows}.items())
        # Short and long ones apart: a batch takes as long as its longest.
        missing.sort(key=lambda pair: (pair[1][0], len(pair[1][1])))
        done = 0
        for role in ("q", "p"):
            mine = [(key, text) for key, (its, text) in missing if its == role]
            encode = self._encoder.queries if role == "q" else self._encoder.passages
            for start in range(0, len(mine), BATCH):
                batch = mine[start : start + BATCH]
                self._keep([key for key, _ in batch], encode([text for _, text in batch]))
                done += len(batch)
                if progress:
                    progress(done, len(missing))

    def locate(self, role: Role, texts: Sequence[str]) -> Rows:
        """The row numbers of texts; encodes those that are missing."""
        wanted: list[tuple[Role, str]] = [(role, text) for text in texts]
        self.complete(wanted)
        return np.array([self._rows[key_of(role, text)] for role, text in wanted], np.intp)

    def read(self, rows: Rows) -> Vectors:
        """The vectors in rows that `locate` gave; shape (len(rows), size)."""
        halves = np.empty((len(rows), self._encoder.size), np.float16)
        parts = rows // PART
        for part in np.unique(parts).tolist():
            here = parts == part
            halves[here] = self._parts[part]["vector"][rows[here] % PART]
        return widened(halves)

    def _keep(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Know the vectors of these texts from now on: from the file, so that others and the next start have them, too,
        or else from memory."""
        records = np.zeros(len(keys), self._record)
        records["key"] = np.array(keys, dtype=f"V{KEY_BYTES}")
        records["vector"] = vectors
        try:
            stands, first = self._append(records)
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.error("%s cannot be written (%s): new vectors are kept in memory alone", self._path, error)
            self._failing, stands, first = True, None, 0
        self._refresh()
        with self._refreshing:
            part = self._file.part if self._file is not None and self._file.identity == stands else None
            if part is None or len(self._parts[part]) < first + len(keys):  # or another file stands there by now
                self._parts.append(records)
                part, first = len(self._parts) - 1, 0
            self._rows.update((key, part * PART + first + number) for number, key in enumerate(keys))

    def _append(self, records: npt.NDArray[Any]) -> tuple[Identity, int]:
        """The file, and the row in it of the first."""
        with self._lock() as file:
            whole = file.seek(0, 2) // self._record.itemsize * self._record.itemsize
            file.truncate(whole)
            file.seek(whole)
            file.write(records.tobytes())
            return identity(os.fstat(file.fileno())), whole // self._record.itemsize

    def _refresh(self) -> None:
        """Take in what others have added. A file that was replaced, or cut, is another one."""
        with self._refreshing:
            try:
                with self._path.open("rb") as file:
                    state = os.fstat(file.fileno())
                    count = state.st_size // self._record.itemsize
                    part = self._part_of(identity(state), count)
                    known = len(self._parts[part])
                    if count > known:
                        self._parts[part] = np.memmap(file, self._record, mode="r", shape=(count,))
            except OSError:  # it is lost, or cannot be read: what is known stays, and the rest is encoded
                return
            for start in range(known, count, CHUNK):
                self._take(part * PART + start, self._parts[part][start : start + CHUNK])

    def _part_of(self, found: Identity, count: int) -> int:
        """The part of the file that was found, with so many records in it; a new one where it is not the one known."""
        if self._file is not None and self._file.identity == found:
            part = self._file.part
            if count >= len(self._parts[part]):
                return part
            # What is mapped behind its end must not be read any more.
            self._rows = {key: row for key, row in self._rows.items() if row // PART != part}
        self._parts.append(np.zeros(0, self._record))
        self._file = _File(found, len(self._parts) - 1)
        return self._file.part

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
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:  # makes it where it is lost
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def identity(state: os.stat_result) -> Identity:
    return state.st_dev, state.st_ino


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
