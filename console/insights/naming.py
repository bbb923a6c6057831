"""What the figures' pages call things: words.yml, and the names that others already have."""

from __future__ import annotations

from pathlib import Path

from console.content.learned import readable
from console.desk_words import channel_name, region_name
from foundation import masking
from foundation.words import Words

_words = Words(Path(__file__).with_name("words.yml"))
word, entry = _words.say, _words.entry


def channel(name: str) -> str:
    return channel_name(name)


def region(code: str) -> str:
    return region_name(code) or word("none.region")


def department(name: str) -> str:
    return name or word("none.department")


def aspect(name: str) -> str:
    from knowledge_base.answering.phrases import aspect_name

    try:
        return aspect_name(name) if name else word("none.aspect")
    except KeyError:
        return name


def masked(text: str) -> str:
    """A citizen's words with words for what is masked; what was not known for an identifier then is masked now."""
    return readable(masking.mask(text, lambda found: f"⟦{found.kind}:0000⟧", whole=False))
