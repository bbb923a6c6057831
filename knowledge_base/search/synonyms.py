"""What people call things, in the words of the offices: synonyms.yml, and the groups that an office has published."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from knowledge_base.model import Synonym

FILE = Path(__file__).with_name("synonyms.yml")


@dataclass(frozen=True)
class Synonyms:
    """What stands for what in one release. Immutable; releases without groups of their own share `shipped()`."""

    official: Mapping[str, str]
    """Word → term. A term stands for itself: what is official already is not looked into."""
    groups: Mapping[int, Synonym] = field(default_factory=dict)
    """The office's own, by revision."""

    def officially(self, text: str) -> str:
        """A normalised text with colloquial, dialect and outdated words replaced by the official ones."""
        official, lengths = self.official, self._lengths
        pieces: list[str] = []
        start = 0
        while start < len(text):
            piece = text[start]
            for length in lengths.get(piece, ()):
                word = text[start : start + length]
                if (term := official.get(word)) is not None:
                    piece = word if term in text else term
                    start += length - 1
                    break
            pieces.append(piece)
            start += 1
        return "".join(pieces)

    def apart(self, text: str) -> list[str]:
        """A normalised text cut at the words of the office's own groups: every second piece is one."""
        return self._own.split(text) if self.groups else [text]

    def changed(self, added: Mapping[int, Synonym], removed: Collection[int]) -> Synonyms:
        """The synonyms of another release."""
        if not added and self.groups.keys().isdisjoint(removed):
            return self
        return of({revision: one for revision, one in self.groups.items() if revision not in removed} | dict(added))

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """How long the words are that begin with a character, the longest first."""
        found: dict[str, set[int]] = {}
        for word in self.official:
            found.setdefault(word[0], set()).add(len(word))
        return {first: sorted(lengths, reverse=True) for first, lengths in found.items()}

    @cached_property
    def _own(self) -> re.Pattern[str]:
        words = {word for group in self.groups.values() for word in spelled(group)}
        return re.compile(f"({'|'.join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))})")


def of(groups: Mapping[int, Synonym]) -> Synonyms:
    """The shipped synonyms with an office's own groups, by revision, on top: where both have a word, the office's hold.

    Groups that contradict each other do not pass publishing; taking one back may bring them together. The first by name
    holds then.
    """
    if not groups:
        return shipped()
    own: dict[str, str] = {}
    for group in sorted(groups.values(), key=lambda one: (one.official, one.id), reverse=True):
        own.update(dict.fromkeys(spelled(group), group.official))
    own.update((group.official, group.official) for group in groups.values())
    official = {word: own.get(term, term) for word, term in shipped().official.items()}
    return Synonyms(official | own, groups)


@lru_cache(maxsize=1)
def shipped() -> Synonyms:
    """What comes with the project."""
    groups: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    official = {word: term for term, words in groups.items() for word in words}
    return Synonyms(official | {term: term for term in groups})


def spelled(group: Synonym) -> set[str]:
    """The words of a group as people type them, ETC as etc, too."""
    return {form for word in group.said for form in (word, word.lower(), word.upper())}
