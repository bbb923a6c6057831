"""What messages to one account of a platform, or to one citizen, may be like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    max_bytes: int = 2048
    """Of one text, in UTF-8: WeChat and WeCom take no more."""
    menu: bool = True
    """The platform has menus whose lines can be clicked; else choices are numbered lines of the text."""
    elderly: bool = False
    """敬老版: one step at a time, short lines."""
    most_parts: int = 3
    """Messages sent at once; the platforms count them (five to each message of a citizen)."""
    hotline: str = "12345"
    """Where a person answers the telephone."""
