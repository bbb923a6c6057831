"""What an import refuses as a whole, in words for the member of staff who tried (refused.yaml)."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import ContentError
from foundation.words import Words

_words = Words(Path(__file__).with_name("refused.yaml"))


class ImportRefused(ContentError):
    """`key` is the sentence's in refused.yaml; `values` fill it in."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(_words.say(key, **values))
        self.key = key
