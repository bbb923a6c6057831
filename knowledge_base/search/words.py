"""Tokens of Chinese text, one function for index and query alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import jieba

HAN_OR_WORD = re.compile(r"[㐀-鿿豈-﫿]+|[a-z0-9.]+")
NAME_FREQUENCY = 20_000
"""High enough that a name of the knowledge base wins over jieba's own way of cutting it."""

jieba.setLogLevel(logging.WARNING)


class Tokenizer(jieba.Tokenizer):
    """Cuts what it is given several times in a row once: into words, and into words for search."""

    _last: tuple[str, list[str]] = ("", [])

    def cut(self, sentence: str, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> Iterator[str]:
        if cut_all or not HMM or use_paddle:
            yield from super().cut(sentence, cut_all, HMM, use_paddle)
            return
        text, found = self._last
        if text != sentence:
            found = list(super().cut(sentence))
            self._last = sentence, found
        yield from found

    def add_word(self, word: str, freq: int | None = None, tag: str | None = None) -> None:
        super().add_word(word, freq, tag)
        self._last = ("", [])


class Words:
    """A private jieba tokenizer that knows a release's names.

    jieba's module-wide tokenizer is never used: what is added to it can not be taken out again.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._tokenizer = Tokenizer()
        self._tokenizer.initialize()
        self._total = self._tokenizer.total
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        """Teach new names; knowing more words than a release has does no harm."""
        for name in names:
            if 2 <= len(name) <= 8:
                self._tokenizer.add_word(name, NAME_FREQUENCY)
        # Each added word would make all others a little rarer, and cut 多少钱 differently in a large knowledge base.
        self._tokenizer.total = self._total

    @property
    def frequencies(self) -> Mapping[str, int]:
        """How often words occur in the language at large; 0 for the beginnings of words."""
        frequencies: Mapping[str, int] = self._tokenizer.FREQ
        return frequencies

    def words(self, text: str) -> list[str]:
        """The words of a normalised text as they stand, marks and blanks too."""
        found: list[str] = self._tokenizer.lcut(text.lower())
        return found

    def cut(self, text: str) -> list[str]:
        """Words of a normalised text for search: the cut, and the shorter words inside long ones."""
        return [word for word in self._tokenizer.cut_for_search(text.lower()) if HAN_OR_WORD.match(word)]


def grams(text: str) -> list[str]:
    """Character unigrams and bigrams of the Chinese runs, whole Latin words and numbers."""
    found: list[str] = []
    for run in HAN_OR_WORD.findall(text.lower()):
        if run[0].isascii():
            found.append(run)
        else:
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


@lru_cache(maxsize=1)
def shared_words() -> Words:
    """The process's one tokenizer (loading a dictionary costs half a second and 60 MB)."""
    return Words()
