"""A unit with one sentence said otherwise: what a proposed repair is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from knowledge_base.model import Unit, parse_unit
from knowledge_base.store.codec import dump


def reworded(unit: Unit, field: str, old: str, new: str) -> Unit | None:
    """The unit with `old` replaced in the texts below a field; None where that changes nothing.

    Args:
        field: a path such as `answer` or `aspects.fee`.
    """
    return changed(unit, field, lambda text: text.replace(old, new))


def changed(unit: Unit, field: str, change: Callable[[str], str]) -> Unit | None:
    """The unit with each text below a field changed; None where nothing changes, or the result is no unit."""
    body = dump(unit)
    *way, last = field.split(".")
    held = body
    for step in way:
        held = held.get(step, {})
    if last not in held:
        return None
    held[last] = _each(held[last], change)
    try:
        made = parse_unit(body)
    except ValueError:
        return None
    return None if made == unit else made


def _each(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return [_each(entry, change) for entry in value]
    if isinstance(value, dict):
        return {key: entry if key in ("when", "office", "id") else _each(entry, change) for key, entry in value.items()}
    return value
