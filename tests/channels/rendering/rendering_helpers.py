"""Replies as the worker stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels.rendering import Image, Menu, Part, Style, Text, pages
from foundation.outbox import Reply

SOURCES = [
    {"title": "中华人民共和国居民身份证法", "article": "第十一条", "number": None, "url": None, "date": "2012-01-01"},
    {"title": "居民身份证工本费标准", "article": None, "number": "发改价格〔2003〕2322号", "url": None, "date": None},
    {"title": "示例市办事公告", "article": None, "number": None, "url": None, "date": "2026-01-02"},
]
RECORD, CHECKED = "K7M2-4Q9D", "2026-11-01"


def answer(kind: str = "item", **changed: Any) -> dict[str, Any]:
    """The payload of an answer with sources, a day and a record number."""
    payload = {
        "kind": kind, "id": "resident-id-replacement", "item_id": None, "aspect": "materials", "title": "身份证补领",
        "confidence": 1.0, "release": 1, "record": RECORD, "verified_on": CHECKED, "sources": SOURCES, "options": [],
        "also": [],
    }  # fmt: skip
    return {**payload, **changed}


def body(text: str, kind: str = "item", titles: Sequence[str] = (), **changed: Any) -> dict[str, Any]:
    """A reply's body; `titles` are its options."""
    options = [{"title": title, "id": f"o{n}", "kind": "item"} for n, title in enumerate(titles)]
    buttons = [{"title": title, "payload": title} for title in titles]
    found = {"text": text, "custom": {"answer": answer(kind, options=options, **changed)}}
    return {**found, "buttons": buttons} if buttons else found


def replies(*bodies: dict[str, Any]) -> list[Reply]:
    return [Reply(number, "wechat:o1", "wechat", number, 0, True, one) for number, one in enumerate(bodies, 7)]


def laid_out(*bodies: dict[str, Any], **style: Any) -> list[list[Part]]:
    return pages(replies(*bodies), Style(**style))


def shown(part: Part) -> str:
    """What a citizen reads of a part."""
    if isinstance(part, Menu):
        return "\n".join((part.head, *(choice.title for choice in part.choices), part.tail))
    return part.url if isinstance(part, Image) else part.text


def read(book: Sequence[Sequence[Part]]) -> str:
    """Everything on all pages."""
    return "\n".join(shown(part) for page in book for part in page)


def only_text(page: Sequence[Part]) -> str:
    """The one text of a page."""
    (part,) = page
    assert isinstance(part, Text)
    return part.text
