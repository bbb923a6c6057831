"""The assistant's own sentences, from phrases.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("phrases.yml")


@lru_cache(maxsize=1)
def _phrases() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def phrase(name: str, **values: object) -> str:
    """The sentence called `name` (dots go down: `item.free`), filled in.

    Raises:
        KeyError: there is no such sentence, or a value for it is missing.
    """
    found: Any = _phrases()
    for part in name.split("."):
        found = found[part]
    return str(found).format(**values)


def aspect_name(aspect: str) -> str:
    return phrase(f"aspects.{aspect}")


def has_phrase(name: str) -> bool:
    return name in _phrases()
