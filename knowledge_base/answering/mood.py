"""The mood of a message: calm, annoyed, distressed or pleased; for the people who take conversations over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from foundation.errors import ConfigError
from foundation.text import normalise
from knowledge_base.answering.classifier import Label, TextClassifier

CALM = "calm"
MOODS = (CALM, "annoyed", "distressed", "pleased")
FILE = "mood.npz"
"""The name of the trained model's file."""


class Felt(NamedTuple):
    """A training sentence and its mood."""

    text: str
    mood: str


class MoodModel:
    """Reads moods; learned from sentences, knows no content."""

    def __init__(self, classifier: TextClassifier) -> None:
        self._classifier = classifier

    @classmethod
    def learn(cls, examples: Sequence[Felt]) -> MoodModel:
        return cls(TextClassifier.fit([normalise(one.text) for one in examples], [one.mood for one in examples]))

    def read(self, text: str) -> Label:
        """The mood of a message as it was typed, and how probable it is. Calm where nothing was said."""
        said = normalise(text)
        return self._classifier.rank(said)[0] if said else Label(CALM, 1.0)

    def save(self, path: Path) -> None:
        self._classifier.save(path)

    @classmethod
    def load(cls, path: Path) -> MoodModel:
        """Read what `save` wrote.

        Raises:
            ConfigError: nothing was trained yet.
        """
        try:
            return cls(TextClassifier.load(path))
        except FileNotFoundError as error:
            raise ConfigError(f"{path} is missing: run `make setup` (or `zhengwu train`)") from error


def read_moods(files: Iterable[Path]) -> list[Felt]:
    """The labelled sentences of `data/mood/`.

    Raises:
        ConfigError: a file has no mood, one that is unknown, or no sentences.
    """
    found: list[Felt] = []
    for file in files:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        mood = content.get("mood") if isinstance(content, dict) else None
        if mood not in MOODS:
            raise ConfigError(f'{file}: "mood" must be one of {", ".join(MOODS)}')
        lines = [line.strip().removeprefix("-").strip() for line in str(content.get("examples") or "").splitlines()]
        if not any(lines):
            raise ConfigError(f'{file}: no sentences under "examples"')
        found += (Felt(line, mood) for line in lines if line)
    return found
