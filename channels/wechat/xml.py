"""The XML of callbacks: read without trust, written so that no text can break out of its element.

WeChat passes on control characters that citizens' keyboards send, though XML has no place for them; they are taken out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from foundation.errors import DecodeError

Fields = dict[str, Any]
"""Element name → its text, or Fields, or a list of these where elements repeat. All text is str."""

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DEEPEST = 10


class Plain(str):
    """Written as it is, without CDATA: numbers. Must hold no markup."""


def legal(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return ILLEGAL.sub("", text)


def parse(body: str | bytes) -> Fields:
    """The elements below the root.

    Raises:
        DecodeError: it is not well-formed, its root is not `xml`, or it declares a document type.
    """
    text = legal(body.decode("utf-8", "replace") if isinstance(body, bytes) else body)
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise DecodeError(f"a body is not acceptable XML ({type(error).__name__})") from None
    if root.tag != "xml":
        raise DecodeError("a body's root element is not `xml`")
    fields = _value(root, DEEPEST)
    return fields if isinstance(fields, dict) else {}


def build(fields: Mapping[str, Any]) -> str:
    """`<xml>` with these in order: str in CDATA, int and Plain as they are, mappings nested, lists repeated."""
    return _element("xml", fields)


def _value(element: Element, depth: int) -> str | Fields:
    if not len(element):
        text = element.text or ""
        return text if text.strip() else ""
    if not depth:
        raise DecodeError(f"a body is nested deeper than {DEEPEST}")
    fields: Fields = {}
    for child in element:
        value = _value(child, depth - 1)
        known = fields.get(child.tag)
        if known is None:
            fields[child.tag] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[child.tag] = [known, value]
    return fields


def _element(name: str, value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "".join(_element(name, one) for one in value)
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(_element(name, one) for name, one in value.items())
    if isinstance(value, (int, Plain)):
        return str(value)
    return f"<![CDATA[{legal(str(value)).replace(']]>', ']]]]><![CDATA[>')}]]>"
