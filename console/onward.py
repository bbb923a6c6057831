"""Where to go on to after a sign-in: paths of ours, and nothing that leads elsewhere."""

from __future__ import annotations

from urllib.parse import urlencode

LONGEST = 1000


def safe(onward: object) -> str:
    """The path, or the start page instead of what is none of ours."""
    if not isinstance(onward, str) or not onward.startswith("/") or onward.startswith("//") or len(onward) > LONGEST:
        return "/"
    return onward if onward.isprintable() and "\\" not in onward else "/"


def with_next(path: str, onward: str) -> str:
    """The address of a step of the sign-in that afterwards goes on to a path."""
    return path if onward == "/" else f"{path}?{urlencode({'next': onward})}"
