"""The sentences of recalls, from words.yml, and the refusals among them."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import KnowledgeError
from foundation.words import Words

WORDS = Words(Path(__file__).with_name("words.yml"))


class RecallRefused(KnowledgeError):
    """What is not done, and why, to the member of staff who tried; `key` is the sentence's under `refused`."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(WORDS.say(f"refused.{key}", **values))
        self.key = key
