"""The sentences in messages.yml, by dotted name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SENTENCES = Path(__file__).with_name("messages.yml")


@lru_cache(maxsize=1)
def _sentences() -> dict[str, Any]:
    sentences: dict[str, Any] = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    return sentences


def entry(name: str) -> Any:
    """What messages.yml holds under a dotted name; KeyError when it holds nothing."""
    found: Any = _sentences()
    for part in name.split("."):
        found = found[part]
    return found


def sentence(name: str, **values: object) -> str:
    """The sentence of that dotted name, its braces filled from `values`."""
    return str(entry(name)).format(**values)
