"""From what stands in a form to a unit, or to what is not filled in properly and where, in the staff's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from foundation.errors import ContentError
from foundation.words import Words
from knowledge_base.model import Unit, UnitKey, parse_unit
from knowledge_base.store import codec

_words = Words(Path(__file__).with_name("faults.yml"))


class Fault(NamedTuple):
    path: str
    """Of the field in the unit's plain JSON, `aspects.fee.dated.0.value.1.amount`; empty: the unit as a whole."""
    text: str


def checked(key: UnitKey, body: Mapping[str, Any]) -> Unit | list[Fault]:
    """The unit of that key which a form describes, or its faults. Whatever the form says of kind and id is ignored."""
    try:
        unit = parse_unit({**body, "kind": key.kind, "id": key.id})
        codec.digest(codec.dump(unit))
    except ValidationError as error:
        return list(dict.fromkeys(_faults(error)))
    except ContentError:
        return [Fault("", _words.entry("unreadable"))]
    except (ValueError, TypeError, OverflowError, RecursionError, ArithmeticError) as error:
        return [Fault("", _by_message(str(error)))]
    return unit


def _faults(error: ValidationError) -> Iterator[Fault]:
    types: Mapping[str, str] = _words.entry("types")
    for one in error.errors():
        path = ".".join(str(step) for step in one["loc"] if step != "__root__")
        yield Fault(path, types.get(one["type"]) or _by_message(one["msg"]))


def _by_message(message: str) -> str:
    found: Mapping[str, str] = _words.entry("by_message")
    return next((text for part, text in found.items() if part in message), str(_words.entry("other")))
