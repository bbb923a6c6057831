"""Cells as offices fill them: HTML pasted from a portal, full-width digits, Excel's numbers and dates → plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

BLOCK = r"p|div|tr|table|ul|ol|dl|dt|dd|h[1-6]|section|article|blockquote|tbody|thead"
INLINE = r"span|a|b|strong|i|em|u|s|font|td|th|sub|sup|img|o:p|small|big|code|label|input|hr|col|colgroup|center"
TAG = re.compile(rf"<(/?)({BLOCK}|{INLINE}|br|li)(?:\s[^<>]*=[^<>]*|\s*/?)>", re.IGNORECASE)
"""Known elements, bare or with attributes: 关于印发<…>的通知 stays, as does a<b 且 c>d."""
HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
BLOCKS = re.compile(BLOCK, re.IGNORECASE)

HALF_WIDTH = {
    code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)
}
"""Digits and letters only; Chinese punctuation is full-width rightly."""
REMOVED = dict.fromkeys((*range(0, 9), 11, 12, *range(14, 32), 127, 65279, 8203, 8288))
SPACES = dict.fromkeys((9, 160, 12288, *range(8192, 8203), 8239), " ")
DIRT = {**HALF_WIDTH, **REMOVED, **SPACES, 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
SURROGATE = re.compile("[\ud800-\udfff]")
CLEAN = re.compile("[!-%'-;=-~\u3001-\u30ff\u4e00-\u9fff，。：；？！（）“”、—…]+")
"""Texts without blanks, breaks or markup, of usual characters: nothing to do."""
BLANKS = re.compile(" {2,}")

DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?(?:\.0+)?)?|(\d{4})(\d\d)(\d\d)"
)
PART = re.compile(r"(?:\\[\\|｜]|[^|｜])+")


def text_of(value: Any) -> str:
    """What a cell shows: 30 for 30.0, a date in ISO form; lists become `|`-separated."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return join(text_of(entry) for entry in value)
    raise ValueError(f"a {type(value).__name__} cannot stand in one cell")


def clean(text: str) -> str:
    """Plain text of a dirty cell; line breaks stay, as do `<` and `&` that are no markup."""
    if CLEAN.fullmatch(text):
        return text
    if "&" in text:
        text = ENTITY.sub(_entity, ENTITY.sub(_entity, text))  # twice: portals escape what was escaped
    if "<" in text:
        text = _without_markup(text)
    text = SURROGATE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(DIRT)
    text = "\n".join(line.strip() for line in BLANKS.sub(" ", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def join(values: Iterable[str]) -> str:
    """Several values in one cell: `|`-separated, with `\\|` for a bar inside one."""
    return "|".join(re.sub(r"[\\|｜]", r"\\\g<0>", value) for value in values)


def split(text: str) -> list[str]:
    """The values of a `|`-separated cell; empty ones are dropped."""
    parts = (re.sub(r"\\([\\|｜])", r"\1", part).strip() for part in PART.findall(text))
    return [part for part in parts if part]


def as_date(text: str) -> str:
    """A day in ISO form.

    Raises:
        ValueError: it is not a day.
    """
    match = DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a day; write it as 2026-11-01")
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day of the calendar") from error


def _entity(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _without_markup(text: str) -> str:
    counters: list[int | None] = []  # one per open list; None where it is not numbered

    def replace(match: re.Match[str]) -> str:
        closing, name = match.group(1), match.group(2).lower()
        if name in ("ul", "ol"):
            if closing and counters:
                counters.pop()
            elif not closing:
                counters.append(0 if name == "ol" else None)
        if name == "li" and not closing and counters and counters[-1] is not None:
            counters[-1] += 1
            return f"\n{counters[-1]}. "
        if name in ("td", "th"):
            return " "
        return "\n" if name in ("br", "li") or BLOCKS.fullmatch(name) else ""

    stripped = TAG.sub(replace, HIDDEN.sub("", text))
    return re.sub(r"\n\s*\n", "\n", stripped) if stripped != text else stripped
