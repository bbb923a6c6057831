"""The words in page.yml, by dotted name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_name("page.yml")


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return found


def word(name: str, **values: object) -> str:
    """The word of that name, its braces filled from `values`; KeyError when there is none."""
    found: Any = words()
    for part in name.split("."):
        found = found[part]
    return str(found).format(**values)
