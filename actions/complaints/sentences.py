"""What is said about complaints and the like, from sentences.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from foundation.words import Words

_words = Words(Path(__file__).with_name("sentences.yml"))


def sentence(name: str, /, **values: object) -> str:
    """The sentence called `name` (dots go down), filled in. Raises KeyError: there is none, or a value is missing."""
    return _words.say(name, **values)


def entry(name: str) -> Any:
    """What stands under a dotted name. Raises KeyError: nothing."""
    return _words.entry(name)
