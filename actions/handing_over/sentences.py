"""What is said when a person is to take over, from sentences.yml."""

from __future__ import annotations

from pathlib import Path

from foundation.words import Words

_words = Words(Path(__file__).with_name("sentences.yml"))


def sentence(name: str, /, **values: object) -> str:
    """The sentence called `name` (dots go down), filled in. Raises KeyError: there is none, or a value is missing."""
    return _words.say(name, **values)
