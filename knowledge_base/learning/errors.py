"""What is refused where one learns from questions, to whoever tried (errors.yml)."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import KnowledgeError
from foundation.words import Words

_words = Words(Path(__file__).with_name("errors.yml"))


class LearningError(KnowledgeError):
    """`key` is the sentence's in errors.yml."""

    def __init__(self, key: str) -> None:
        super().__init__(_words.say(key))
        self.key = key
