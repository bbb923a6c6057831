"""The words in page.yml, by dotted name."""

from __future__ import annotations

from pathlib import Path

from foundation.words import Words

WORDS = Path(__file__).with_name("page.yml")
PAGE = Words(WORDS)
word = PAGE.say
