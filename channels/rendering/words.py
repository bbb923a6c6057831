"""What messages say beside the answer itself, from words.yml."""

from __future__ import annotations

from pathlib import Path

from foundation.words import Words

_words = Words(Path(__file__).with_name("words.yml"))
entry, word = _words.entry, _words.say
