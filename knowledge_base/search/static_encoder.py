"""Sentences as the mean of their words' vectors: what a sentence encoder knows of words, at next to no cost.

The vectors are made from an encoder once (`distilling.py`), and stand in for it where it cannot run or is not wanted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from knowledge_base.search.encoder import Vectors, unit

LONGEST_WORD = 4
RARE = 1e-3
"""Words count a/(a + p) with a = RARE and p their share of the language: the usual ones say little."""
UNKNOWN = 30.0
"""What a character costs that is in no word: more than any that is."""


@dataclass(frozen=True)
class Vocabulary:
    """Words, how often each occurs among `total`, and what `teacher` says that it means."""

    words: list[str]
    counts: npt.NDArray[np.int64]
    total: int
    vectors: npt.NDArray[np.float16]
    teacher: str

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(
                file,
                words=np.array(self.words),
                counts=self.counts,
                total=np.array(self.total),
                vectors=self.vectors,
                teacher=np.array(self.teacher),
            )

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: there is none, or it is something else.
        """
        try:
            # opened here: numpy leaves a file open that turns out to be damaged
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                words = [str(word) for word in file["words"]]
                return cls(words, file["counts"], int(file["total"]), file["vectors"], str(file["teacher"]))
        except (BadZipFile, EOFError, KeyError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error


class StaticEncoder:
    """An `Encoder` over a vocabulary. Questions and passages are the same to it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._rows = {word: row for row, word in enumerate(vocabulary.words)}
        share = vocabulary.counts / max(vocabulary.total, 1)
        self._cost: list[float] = (-np.log(np.maximum(share, 1e-12))).tolist()
        weights = (RARE / (RARE + share)).astype(np.float32)
        self._weighted: Vectors = vocabulary.vectors.astype(np.float32) * weights[:, None]
        self.name = f"static-{hashlib.blake2b(self._weighted.tobytes(), digest_size=6).hexdigest()}"
        self.size = self._weighted.shape[1]

    @classmethod
    def load(cls, path: Path) -> StaticEncoder:
        """Open a saved vocabulary; errors as of `Vocabulary.load`."""
        return cls(Vocabulary.load(path))

    def queries(self, texts: Sequence[str]) -> Vectors:
        found = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            if known := [self._rows[word] for word in self.cut(text)]:
                found[row] = self._weighted[known].sum(axis=0)
        return unit(found)

    passages = queries

    def cut(self, text: str) -> list[str]:
        """The most probable words of the vocabulary that make up the text; characters that it lacks are left out.

        Not jieba's cut: that one learns names as releases come, and vectors are kept by text.
        """
        best: list[tuple[float, int]] = [(0.0, 0)]
        """Of the text up to each place: what its words cost, and where the last one begins."""
        for end in range(1, len(text) + 1):
            cheapest = (best[end - 1][0] + UNKNOWN, end - 1)
            for start in range(max(0, end - LONGEST_WORD), end):
                row = self._rows.get(text[start:end])
                if row is not None:
                    cheapest = min(cheapest, (best[start][0] + self._cost[row], start))
            best.append(cheapest)
        words, end = list[str](), len(text)
        while end:
            start = best[end][1]
            words.append(text[start:end])
            end = start
        return [word for word in reversed(words) if word in self._rows]
