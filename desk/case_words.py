"""What cases are called and what is said about them, from case_words.yml; and what the desk refuses of them."""

from __future__ import annotations

from pathlib import Path

from desk.errors import DeskError
from foundation.words import Words

WORDS = Words(Path(__file__).with_name("case_words.yml"))


def kind_title(kind: str) -> str:
    return str(WORDS.entry("kinds")[kind])


def state_title(state: str) -> str:
    return str(WORDS.entry("states")[state])


class CaseRefused(DeskError):
    """`key` is the sentence's, under `refused`. The text is for the member of staff who tried."""

    def __init__(self, key: str, /, **values: object) -> None:
        Exception.__init__(self, WORDS.say(f"refused.{key}", **values))
        self.key = key
        self.values = values
