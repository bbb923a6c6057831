"""Units to plain JSON and back.

What is stored was valid when it was stored, so reading it back skips validation: for each model class a plan is
made once from its fields, and a city's hundred thousand units load in seconds. Fields that hold their default are
left out, so that a field added to the model later changes no digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import ModelField

from foundation.errors import ContentError
from knowledge_base.model import Unit
from knowledge_base.model.registry import TYPES

Convert = Callable[[Any], Any]
Body = dict[str, Any]
"""A unit as plain JSON, with its `kind`."""

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def dump(unit: Unit) -> Body:
    """The unit as plain JSON: what `parse_unit` takes and `load` reads."""
    return {"kind": unit.kind, **_dumper(type(unit))(unit)}


def load(body: Mapping[str, Any]) -> Unit:
    """The unit that `dump` wrote; nothing is checked again."""
    fields = dict(body)
    unit: Unit = _loader(TYPES[fields.pop("kind")])(fields)
    return unit


def digest(body: Body) -> str:
    """What two bodies share exactly when they say the same.

    Raises:
        ContentError: a text holds what no database keeps (NUL, half a surrogate pair).
    """
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        encoded = canonical.encode()
    except UnicodeEncodeError as error:
        raise ContentError(f"{body['kind']}:{body['id']} holds a character that is not valid Unicode") from error
    if "\\u0000" in canonical and NUL.search(canonical):
        raise ContentError(f"{body['kind']}:{body['id']} holds a NUL character")
    return hashlib.sha256(encoded).hexdigest()


@cache
def _dumper(model: type[BaseModel]) -> Convert:
    plan = []
    for field in model.__fields__.values():
        convert = _convert(field.outer_type_, _dumper, _plain)
        default = None if field.required or field.default is None else convert(field.get_default())
        if field.default_factory is not None:
            default = convert(field.get_default())
        plan.append((field.name, convert, bool(field.required), default))

    def run(value: Any) -> Body:
        held, body = value.__dict__, {}
        for name, convert, required, default in plan:
            plain = held[name]
            if plain is not None:
                plain = convert(plain)
            if required or plain != default:
                body[name] = plain
        return body

    return run


@cache
def _loader(model: type[BaseModel]) -> Convert:
    fields = model.__fields__
    converts = {name: _convert(field.outer_type_, _loader, _parsed) for name, field in fields.items()}
    made: dict[str, ModelField] = {name: field for name, field in fields.items() if field.default_factory is not None}
    shared = {name: None if name in made else field.get_default() for name, field in fields.items()}

    def run(body: Body) -> Any:
        held = dict(shared)
        for name, plain in body.items():
            held[name] = None if plain is None else converts[name](plain)
        for name, field in made.items():
            if name not in body:
                held[name] = field.get_default()
        value = model.__new__(model)
        object.__setattr__(value, "__dict__", held)
        object.__setattr__(value, "__fields_set__", set(body))
        return value

    return run


def _convert(hint: Any, of_model: Callable[[type[BaseModel]], Convert], of_scalar: Callable[[Any], Convert]) -> Convert:
    """The conversion of one annotated type: models, tuples and dicts of them, scalars."""
    origin = get_origin(hint)
    if origin is tuple:
        entry = _convert(get_args(hint)[0], of_model, of_scalar)
        sequence = list if of_model is _dumper else tuple
        return sequence if entry is _same else lambda values: sequence([entry(value) for value in values])
    if origin is dict:
        inner = _convert(get_args(hint)[1], of_model, of_scalar)
        return lambda mapping: {key: inner(value) for key, value in mapping.items()}
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return of_model(hint)
    return of_scalar(hint)


def _same(value: Any) -> Any:
    return value


def _plain(hint: Any) -> Convert:
    if not isinstance(hint, type):
        return _same
    if issubclass(hint, Decimal):
        return lambda amount: format(amount.normalize() if amount else Decimal(0), "f")
    if issubclass(hint, date):
        return date.isoformat
    if issubclass(hint, time):
        return time.isoformat
    return _same


def _parsed(hint: Any) -> Convert:
    if not isinstance(hint, type):
        return _same
    if issubclass(hint, Decimal):
        return Decimal
    if issubclass(hint, date):
        return date.fromisoformat
    if issubclass(hint, time):
        return time.fromisoformat
    return _same
