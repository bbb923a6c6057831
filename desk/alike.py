"""Who asks the same: waiting conversations in groups that one answer serves.

Two questions are alike where they ask for the same aspect of the same thing. Ways of asking do not count; what is left
without them does: 身份证怎么补办 and 居住证怎么补办 look much the same, and are two questions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from desk.handover import Handover
from foundation.text import numerals, squash, strip_fillers
from foundation.words import Words

ALIKE = 0.8
"""What two questions are about shares so much of its characters (Jaccard), at least, in whatever order."""
NUMBER = re.compile("[0-9]+")

_words = Words(Path(__file__).with_name("alike.yml"))


@dataclass(frozen=True)
class Group:
    """Conversations that ask alike, in the order in which they came in; `title` is the first one's question."""

    title: str
    handovers: tuple[Handover, ...]


@dataclass(frozen=True)
class Question:
    """What is asked: aspects (fee, place …), numbers, and the characters that are left, which say of what."""

    aspects: frozenset[str]
    numbers: tuple[str, ...]
    about: frozenset[str]


def alike(waiting: Sequence[Handover]) -> list[Group]:
    """Groups of two and more, the largest first.

    Each is like the first of its group. Nobody in a group asks about another topic, or in another district, than
    anybody else there; one whose topic is not known goes by the words alone.
    """
    asked = {one.id: read(one.question) for one in waiting}
    groups: list[list[Handover]] = []
    for one in waiting:
        home = next((group for group in groups if _belongs(one, group, asked)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    several = [Group(group[0].question, tuple(group)) for group in groups if len(group) > 1]
    return sorted(several, key=lambda group: -len(group.handovers))


def read(text: str) -> Question:
    """What a question asks, whatever the wording."""
    rest = squash(numerals(strip_fillers(text)))
    for word, pattern in _same().items():
        rest = pattern.sub(word, rest)
    aspects = set()
    for name, pattern in _patterns().items():
        rest, found = pattern.subn("", rest)
        if found:
            aspects.add(name)
    about = _dropped().sub("", rest)
    return Question(frozenset(aspects), tuple(sorted(NUMBER.findall(about))), frozenset(NUMBER.sub("", about)))


def _belongs(one: Handover, group: Sequence[Handover], asked: Mapping[int, Question]) -> bool:
    topics = {(other.topic_kind, other.topic_id) for other in (*group, one) if other.topic_id}
    first = group[0]
    if len(topics) > 1 or first.region != one.region or not (squash(first.question) and squash(one.question)):
        return False
    mine, theirs = asked[one.id], asked[first.id]
    if (mine.aspects, mine.numbers) != (theirs.aspects, theirs.numbers):
        return False
    if not mine.about or not theirs.about:  # 多少钱: of what, only the topic tells
        return bool(first.topic_id) and first.topic_id == one.topic_id
    if mine.about - theirs.about and theirs.about - mine.about:
        return False  # each speaks of something that the other does not
    return len(mine.about & theirs.about) >= ALIKE * len(mine.about | theirs.about)


@lru_cache(maxsize=1)
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in _words.entry("aspects").items()}


@lru_cache(maxsize=1)
def _same() -> Mapping[str, re.Pattern[str]]:
    return {word: re.compile(pattern) for word, pattern in _words.entry("same").items()}


@lru_cache(maxsize=1)
def _dropped() -> re.Pattern[str]:
    return re.compile(_words.entry("dropped"))
