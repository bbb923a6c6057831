"""The editor's forms, as forms.yml describes them: which fields a kind of unit has, and how they are filled in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from foundation.words import Words

_words = Words(Path(__file__).with_name("forms.yml"))


@cache
def form(kind: str) -> dict[str, Any]:
    """`{"title", "aspects", "sections"}` of a kind, as the page's script takes it."""
    described = _words.entry(kind)
    common = _words.entry("common")
    sections = [common[one] if isinstance(one, str) else one for one in described["sections"]]
    return {"title": described["title"], "aspects": described.get("aspects", []), "sections": sections}


def title(kind: str) -> str:
    """What units of a kind are called."""
    return str(_words.entry(f"{kind}.title"))


def lists() -> dict[str, list[str]]:
    """What some fields propose."""
    found: dict[str, list[str]] = _words.entry("lists")
    return found
