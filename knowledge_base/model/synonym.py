"""A group of synonyms 同义词: an official term, and what people say for it. It answers nothing, it helps to find."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, root_validator, validator

from foundation.text import normalise, numerals
from knowledge_base.model.unit import Unit

SHORTEST, LONGEST = 2, 20
"""Characters of a term or word. One character stands in too many other words."""
MOST = 100
"""Words of one group."""


class Synonym(Unit):
    kind: ClassVar[str] = "synonym"

    term: str = Field(min_length=1)
    """As guides have it: 居住证."""
    words: tuple[str, ...]
    """What people say: 暂住证, 居主卡."""

    @validator("term")
    def _term(cls, term: str) -> str:
        _fits(normalise(term))
        return term

    @validator("words")
    def _words(cls, words: tuple[str, ...], values: dict[str, Any]) -> tuple[str, ...]:
        if not words or len(words) > MOST:
            raise ValueError(f"a group has 1 to {MOST} words")
        said = [as_asked(word) for word in words]
        for text in said:
            _fits(text)
        term = values.get("term", "")
        if len(set(said) - {normalise(term), as_asked(term)}) < len(said):
            raise ValueError("a word of a group is its term, or stands there twice")
        return words

    @root_validator(skip_on_failure=True)
    def _everywhere(cls, values: dict[str, Any]) -> dict[str, Any]:
        if any(values.get(name) for name in ("region", "effective_from", "effective_to", "successor")):
            raise ValueError("a group of synonyms holds everywhere and on every day")
        return values

    @property
    def title(self) -> str:
        return self.term

    def names(self) -> tuple[str, ...]:
        """None: whoever asks for the term means something else that is called so."""
        return ()

    @property
    def official(self) -> str:
        """The term as texts of the knowledge base have it when they are searched."""
        return normalise(self.term)

    @property
    def said(self) -> tuple[str, ...]:
        """The words as questions have them when they are understood."""
        return tuple(map(as_asked, self.words))


def as_asked(text: str) -> str:
    return numerals(normalise(text))


def _fits(text: str) -> None:
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(f"a word of a group has {SHORTEST} to {LONGEST} characters")
