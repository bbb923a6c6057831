"""Anger that is no complaint: 你们到底能不能办，我都跑三趟了 wants something done, and no form that asks 投诉谁."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from foundation.text import squash
from foundation.words import Words

KIND = "grievance"
"""A kind of talk that no classifier knows: a message that sounds like a complaint is one of these by its words."""

_words = Words(Path(__file__).with_name("grievances.yml"))


def is_grievance(text: str) -> bool:
    """Whether words that sound like a complaint only tell of one's own trouble: of no wish to complain, of nothing that
    somebody did, and of nobody else's affairs. `text` is normalised."""
    said = squash(text)
    told = any(word in said for part in ("wishes", "conduct", "others") for word in _words.entry(part))
    return not told and bool(_trouble().search(said))


@lru_cache(maxsize=1)
def _trouble() -> re.Pattern[str]:
    return re.compile("|".join(_words.entry("trouble")))
