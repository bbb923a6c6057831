"""What people call things, in the words of the offices: synonyms.yml."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("synonyms.yml")


@lru_cache(maxsize=1)
def _official() -> tuple[dict[str, str], re.Pattern[str]]:
    groups: dict[str, list[str]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    official = {variant: term for term, variants in groups.items() for variant in variants}
    official.update((term, term) for term in groups)  # what is official already is not looked into
    longest_first = sorted(official, key=lambda variant: (-len(variant), variant))
    return official, re.compile("|".join(map(re.escape, longest_first)))


def officially(text: str) -> str:
    """A normalised text with colloquial, dialect and outdated words replaced by the official ones."""
    official, variants = _official()

    def replace(match: re.Match[str]) -> str:
        term = official[match[0]]
        return match[0] if term in text else term

    return variants.sub(replace, text)
