"""Finding one's way in a portal's answer, whatever its shape: no answer raises anything here."""

from __future__ import annotations

from typing import Any


def at(content: Any, place: str) -> Any:
    """What lies at `data.items.0.name`; None if nothing does. The empty place is the whole."""
    for step in place.split(".") if place else ():
        if isinstance(content, dict):
            content = content.get(step)
        elif isinstance(content, list) and step.isascii() and step.isdigit() and int(step) < len(content):
            content = content[int(step)]
        else:
            return None
    return content


def word(value: Any) -> str | None:
    """A scalar as the word that a mapping file would write for it: 0, true, 1.5; None for all else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value).strip()
    return None


def text(value: Any, most: int) -> str | None:
    """A text to show: no control characters but line feeds, at most so many characters; None where there is none."""
    if isinstance(value, bool) or (said := word(value)) is None:
        return None
    plain = "".join(c if c == "\n" or c.isprintable() else " " for c in said.replace("\r\n", "\n")).strip()
    return plain if len(plain) <= most else plain[: most - 1] + "…"
