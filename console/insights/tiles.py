"""The few figures at the top of a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    title: str
    figure: str
    link: str = ""
    """To what is behind it."""
    beside: str = ""
