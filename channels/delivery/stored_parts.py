"""Parts of a message as JSON and back: what was laid out once is sent as it was, also after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from channels.rendering import Choice, Image, Menu, Part, Text


def to_json(part: Part) -> dict[str, Any]:
    """The part as plain JSON."""
    return {"kind": type(part).__name__.lower(), **asdict(part)}


def from_json(stored: Mapping[str, Any]) -> Part:
    """The part that `to_json` was given."""
    if stored["kind"] == "menu":
        choices = tuple(Choice(**choice) for choice in stored["choices"])
        return Menu(stored["head"], choices, stored["tail"])
    if stored["kind"] == "image":
        return Image(stored["url"])
    return Text(stored["text"])
