"""What is refused about content tests, to whoever tried (errors.yml)."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import KnowledgeError
from foundation.words import Words

_words = Words(Path(__file__).with_name("errors.yml"))


class TrialError(KnowledgeError):
    """`key` is the sentence's in errors.yml; `values` fill it in."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(_words.say(key, **values))
        self.key = key
