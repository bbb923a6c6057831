"""The trained classifiers: kind of talk, aspect, and the words that name no topic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from foundation.errors import ConfigError
from foundation.text import numerals, strip_fillers
from knowledge_base.answering.classifier import TextClassifier
from knowledge_base.answering.examples import PLACEHOLDER, Example
from knowledge_base.search.subjects import subject
from knowledge_base.search.synonyms import Synonyms, shipped
from knowledge_base.search.words import Words, shared_words

NO_ASPECT = "none"
COMMON = 5
"""A word that stands beside the topic in this many questions is taken for one that names no topic."""

RATIO = 3
"""… and at least this many times as often as inside one."""

TO_A_FORM = frozenset({"inform", "cancel", "leave_contact", "rate", "case_status"})
"""Replies to a form are told by their shape while one is active; learned, they would take questions away."""

SHORT = 10
"""A question for an aspect this short in which nothing is marked (要多少钱) is taken to be without a topic."""


@dataclass(frozen=True)
class LanguageModels:
    """What was learned from the training sentences; independent of any knowledge base."""

    kind: TextClassifier
    aspect: TextClassifier
    plain_words: frozenset[str]
    """Words of questions that say nothing of their topic: 多少, 要带, 那个 …"""

    def topic(self, text: str, words: Words) -> str:
        """The words of a normalised text that may name a topic, in their order; empty for 那多少钱."""
        found = list(dict.fromkeys(word for word in words.cut(text) if word not in self.plain_words))
        return "".join(word for word in found if not any(word != other and word in other for other in found))

    def subjects(self, text: str, words: Words, synonyms: Synonyms | None = None) -> tuple[str, ...]:
        """What distinguishes the service that a text names, in its words and in the office's; empty for no service.

        Args:
            synonyms: those of the release; the shipped ones by default.
        """
        wordings = dict.fromkeys((text, (synonyms or shipped()).officially(text)))
        found = (subject(words.words(wording), self.plain_words) for wording in wordings)
        return tuple(filter(None, dict.fromkeys(found)))

    def save(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.kind.save(directory / "kind.npz")
        self.aspect.save(directory / "aspect.npz")
        (directory / "plain_words.json").write_text(
            json.dumps(sorted(self.plain_words), ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, directory: Path) -> LanguageModels:
        """Read what `save` wrote.

        Raises:
            ConfigError: nothing was trained yet.
        """
        try:
            return cls(
                TextClassifier.load(directory / "kind.npz"),
                TextClassifier.load(directory / "aspect.npz"),
                frozenset(json.loads((directory / "plain_words.json").read_text(encoding="utf-8"))),
            )
        except FileNotFoundError as error:
            raise ConfigError(f"{error.filename} is missing: run `make setup` (or `zhengwu train`)") from error


def train(examples: Sequence[Example]) -> LanguageModels:
    """Learn from labelled sentences, in all the forms that a knowledge base may make of them."""
    examples = [one for one in examples if one.kind not in TO_A_FORM]
    topics = frozenset(topic for one in examples for topic in one.topics if len(topic) > 1)
    asked = [one for one in examples if one.kind == "ask"]
    return LanguageModels(
        fit((form, one.kind) for one in examples for form in forms(one, topics)),
        fit((form, one.aspect or NO_ASPECT) for one in asked for form in forms(one, topics)),
        plain_words(asked, shared_words()),
    )


def fit(labelled: Iterable[tuple[str, str]]) -> TextClassifier:
    texts, labels = zip(*labelled)
    return TextClassifier.fit(texts, labels)


def forms(one: Example, topics: Set[str]) -> list[str]:
    """A sentence as it is, with its own topics blanked out, and with whatever is a topic anywhere.

    The last is how it looks where a knowledge base has units of many names: also a complaint has placeholders then.
    """
    as_understood = (strip_fillers(numerals(text)) for text in (one.text, one.blanked, blank_all(one.text, topics)))
    return sorted(set(as_understood))


def blank_all(text: str, topics: Set[str]) -> str:
    """Put the placeholder wherever one of these names stands, the longest first."""
    lengths = sorted({len(topic) for topic in topics}, reverse=True)
    pieces, start = [], 0
    while start < len(text):
        length = next((n for n in lengths if text[start : start + n] in topics), 0)
        pieces.append(PLACEHOLDER if length else text[start])
        start += length or 1
    return "".join(pieces)


def plain_words(asked: Sequence[Example], words: Words) -> frozenset[str]:
    """Words that often stand beside a marked topic and seldom inside one."""
    beside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for one in asked:
        inside.update(word for topic in one.topics for word in words.cut(topic))
        if one.topics or (one.aspect and len(one.text) <= SHORT):
            beside.update({word for part in one.blanked.split(PLACEHOLDER) for word in words.cut(part)})
    return frozenset(word for word, count in beside.items() if count >= max(COMMON, RATIO * inside[word]))
