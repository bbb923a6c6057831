"""The sentences in messages.yml, by dotted name."""

from __future__ import annotations

from pathlib import Path

from foundation.words import Words

SENTENCES = Path(__file__).with_name("messages.yml")
_words = Words(SENTENCES)
entry, sentence = _words.entry, _words.say
