"""What messages say beside the answer itself, from words.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("words.yml")


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def entry(name: str) -> Any:
    """What words.yml holds under a dotted name; KeyError where it holds nothing."""
    found: Any = _words()
    for part in name.split("."):
        found = found[part]
    return found


def word(name: str, /, **values: object) -> str:
    """The words of that dotted name, filled in."""
    return str(entry(name)).format(**values)
