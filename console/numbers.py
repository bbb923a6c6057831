"""Numbers of rows in addresses and forms."""

from __future__ import annotations

LARGEST = 2**31 - 1
"""The largest that a row can have on PostgreSQL; SQLite's driver fails at what has more than 64 bits."""


def row_number(text: str) -> int | None:
    """The number that a text is; None where it is none, or larger than any row's."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        return None
    return number if (number := int(text)) <= LARGEST else None
