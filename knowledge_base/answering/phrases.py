"""The assistant's own sentences, from phrases.yml."""

from __future__ import annotations

from pathlib import Path

from foundation.words import Words

FILE = Path(__file__).with_name("phrases.yml")

_words = Words(FILE)


def phrase(name: str, **values: object) -> str:
    """The sentence called `name` (dots go down: `item.free`), filled in.

    Raises:
        KeyError: there is no such sentence, or a value for it is missing.
    """
    return _words.say(name, **values)


def aspect_name(aspect: str) -> str:
    return phrase(f"aspects.{aspect}")


def has_phrase(name: str) -> bool:
    return name in _words.content
