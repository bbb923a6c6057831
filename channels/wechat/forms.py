"""The two forms of a body, XML and JSON (mini-programs choose); both are read into the same fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from channels.wechat import xml
from channels.wechat.xml import Fields
from foundation.errors import DecodeError


class Form(Enum):
    XML = "application/xml; charset=utf-8"
    JSON = "application/json; charset=utf-8"


def read(body: str | bytes) -> tuple[Fields, Form]:
    """The fields of a body and its form. Numbers become text, so that no digit of a 64-bit id is lost.

    Raises:
        DecodeError: it is neither.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if not text.lstrip().startswith("{"):
        return xml.parse(text), Form.XML
    try:
        fields = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, strict=False)
        return {xml.legal(name): _plain(value) for name, value in fields.items()}, Form.JSON
    except (ValueError, RecursionError):
        raise DecodeError("a body is not acceptable JSON") from None


def write(fields: Mapping[str, Any], form: Form) -> str:
    """A body with these fields, in order."""
    return xml.build(fields) if form is Form.XML else json.dumps(fields, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """As `xml.parse` would give it."""
    if isinstance(value, dict):
        return {xml.legal(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if value is None:
        return ""
    return xml.legal(str(value))
