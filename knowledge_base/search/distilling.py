"""Makes the vectors of words from a sentence encoder, once: what it says of each of the most usual words alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

import numpy as np

from foundation.text import normalise
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.static_encoder import LONGEST_WORD, Vocabulary
from knowledge_base.search.words import HAN_OR_WORD

CHARACTERS, WORDS = 3000, 9000
"""The most usual single characters, for words that are not among the others, and the most usual longer words."""
COMMON = 5
"""Main directions that are taken out: they tell how usual a word is, not what it means."""
BATCH = 64


def distil(
    encoder: Encoder,
    frequencies: Mapping[str, int],
    known: Vocabulary | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Vocabulary:
    """Encode the most usual words of a language, given how often each occurs.

    Args:
        known: what was made before; handed back where the same would come out.
    """
    words = usual(frequencies, 1, 1, CHARACTERS) + usual(frequencies, 2, LONGEST_WORD, WORDS)
    if known is not None and known.teacher == encoder.name and known.words == words:
        return known
    vectors = np.zeros((len(words), encoder.size), np.float32)
    for start in range(0, len(words), BATCH):
        vectors[start : start + BATCH] = encoder.queries(words[start : start + BATCH])
        if progress:
            progress(min(start + BATCH, len(words)), len(words))
    vectors -= vectors.mean(axis=0)
    _, directions = np.linalg.eigh(vectors.T @ vectors)  # those of most weight come last
    common = directions[:, -COMMON:]
    vectors -= vectors @ common @ common.T
    counts = np.array([frequencies[word] for word in words], np.int64)
    return Vocabulary(words, counts, sum(frequencies.values()), vectors.astype(np.float16), encoder.name)


def usual(frequencies: Mapping[str, int], shortest: int, longest: int, many: int) -> list[str]:
    """The most usual words of these lengths, as they stand in normalised texts."""
    fit = (word for word, count in frequencies.items() if count and shortest <= len(word) <= longest)
    chinese = (word for word in fit if not word.isascii() and HAN_OR_WORD.fullmatch(word))
    ordered = sorted(chinese, key=lambda word: (-frequencies[word], word))
    return list(islice((word for word in ordered if normalise(word) == word), many))
