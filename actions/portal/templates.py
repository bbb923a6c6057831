"""Texts of a mapping file with names in braces, replaced once; nothing in them is ever evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_NAME = re.compile(r"\{(\w*)\}")


def names(template: Any) -> set[str]:
    """The names in a text, or in all texts of a structure."""
    if isinstance(template, str):
        return set(_NAME.findall(template))
    if isinstance(template, Mapping):
        return {name for part in template.values() for name in names(part)}
    if isinstance(template, list):
        return {name for part in template for name in names(part)}
    return set()


def fill(template: str, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
    """The text with its names replaced. Braces in a value stay what they are.

    Raises:
        KeyError: a name has no value; mapping.py has made sure that each has.
    """
    return _NAME.sub(lambda found: quote(values[found[1]]), template)


def fill_all(template: Any, values: Mapping[str, str]) -> Any:
    """A structure with the names in all its texts replaced; keys, numbers and the like stay."""
    if isinstance(template, str):
        return fill(template, values)
    if isinstance(template, Mapping):
        return {key: fill_all(part, values) for key, part in template.items()}
    if isinstance(template, list):
        return [fill_all(part, values) for part in template]
    return template
