"""Mends what was typed by its sound: 居主证, 报消, shenfenzheng. Only towards words that the knowledge base uses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from knowledge_base.search.lexical import Statistics
from knowledge_base.search.sounds import spelt, syllables

LETTERS = re.compile(r"[a-z]+(?: [a-z]+)*")
LONGEST_NAME = 12
SEEN = 2
"""A word counts as the knowledge base's own if it stands in as many places."""
EVERYDAY = 4_000
"""Characters that are as frequent as this by themselves (我, 是, 的) are seldom a slip of the keyboard."""


class Spelling:
    """The names and two-character words of one knowledge base, by their sound."""

    def __init__(self, names: Iterable[str], usage: Collection[Statistics], dictionary: Mapping[str, int]) -> None:
        """`usage`: how often n-grams occur in the knowledge base; `dictionary`: how often words in the language."""
        self._names: dict[tuple[str, ...], str] = {}
        known = {part for name in names for part in (name, *words_in(name, dictionary))}
        for name in sorted(known, key=lambda name: (-len(name), name)):
            if 3 <= len(name) <= LONGEST_NAME and not name.isascii():
                self._names.setdefault(syllables(name), name)
        self._usage = tuple(usage)
        self._dictionary = dictionary
        self._pairs: dict[tuple[str, ...], str] = {}
        often: dict[tuple[str, ...], int] = {}
        for gram in {gram for one in usage for gram in one.frequency if len(gram) == 2 and dictionary.get(gram)}:
            count, key = self._seen(gram), syllables(gram)
            if count >= max(SEEN, often.get(key, 0) + 1):
                often[key], self._pairs[key] = count, gram

    def mend(self, text: str) -> str:
        """A normalised text with what sounds like a name or a word of the knowledge base spelled so."""
        return self._mend_pairs(self._mend_names(LETTERS.sub(self._letters, text)))

    def _seen(self, gram: str) -> int:
        return sum(one.frequency.get(gram, 0) for one in self._usage)

    def _known(self, pair: str) -> bool:
        return len(pair) == 2 and bool(self._seen(pair) or self._dictionary.get(pair))

    def _mend_names(self, text: str) -> str:
        heard, start = syllables(text), 0
        while start < len(text):
            for end in range(min(len(text), start + LONGEST_NAME), start + 2, -1):
                name = self._names.get(heard[start:end])
                if name is not None and (text[start:end] == name or self._slipped(text, start, name)):
                    text = text[:start] + name + text[end:]
                    start = end - 1
                    break
            start += 1
        return text

    def _slipped(self, text: str, start: int, name: str) -> bool:
        """Whether a name was meant: some of it is right, it says nothing known as it is, and its ends are its own."""
        end = start + len(name)
        typed = text[start:end]
        if not any(a == b for a, b in zip(typed, name)):
            return False
        if all(self._seen(typed[i : i + 2]) for i in range(len(typed) - 1)):
            return False
        begins = typed[0] == name[0] or not self._known(text[max(start - 1, 0) : start + 1])
        return begins and (typed[-1] == name[-1] or not self._known(text[end - 1 : end + 1]))

    def _mend_pairs(self, text: str) -> str:
        for start in range(len(text) - 1):
            typed = text[start : start + 2]
            meant = None if self._known(typed) else self._pairs.get(syllables(typed))
            # One of the two is mostly right; with both wrong it may be anything.
            if meant is None or (meant[0] == typed[0]) == (meant[1] == typed[1]):
                continue
            wrong = start + (meant[0] == typed[0])
            outside = text[start - 1 : start + 1] if wrong == start and start else text[start + 1 : start + 3]
            if wrong == start and not start:
                outside = ""
            if self._dictionary.get(text[wrong], 0) < EVERYDAY and not self._known(outside):
                text = text[:start] + meant + text[start + 2 :]
        return text

    def _letters(self, match: re.Match[str]) -> str:
        """Letters that spell words of the knowledge base; left alone where they mostly do not."""
        heard = spelt(match[0])
        found: list[str] = []
        start = 0
        while start < len(heard):
            ends = range(min(len(heard), start + LONGEST_NAME), start + 1, -1)
            meant = next((word for end in ends if (word := self._word(heard[start:end]))), None)
            found.append(meant or heard[start])
            start += len(meant or "一")
        written = "".join(found)
        return written if sum(map(str.isascii, found)) <= len(heard) / 2 < len(written) else match[0]

    def _word(self, heard: tuple[str, ...]) -> str | None:
        return self._names.get(heard) or (self._pairs.get(heard) if len(heard) == 2 else None)


def words_in(name: str, dictionary: Mapping[str, int]) -> list[str]:
    """The longer words of the language that stand in a name: 身份证 in 居民身份证丢失补领."""
    spans = ((start, start + length) for length in (3, 4) for start in range(len(name) - length + 1))
    return [name[start:end] for start, end in spans if dictionary.get(name[start:end])]
