"""Cells as offices fill them: full-width digits, invisible characters, Excel's numbers and dates → plain text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from knowledge_base.importing.markup import without_entities, without_markup

HALF_WIDTH = {
    code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)
}
"""Digits and letters only; Chinese punctuation is full-width rightly."""
CONTROLS = (*range(0, 9), 11, 12, *range(14, 32), *range(127, 133), *range(134, 160))
UNSEEN = (0xAD, 0x200B, 0x200C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
"""Zero-width and direction marks. A joiner (200D) is removed apart: emoji are made with it."""
BULLETS = range(0xF000, 0xF100)
"""Symbol fonts of Word: bullets and arrows that no other font shows."""
REMOVED = dict.fromkeys((*CONTROLS, *UNSEEN, *BULLETS))
SPACES = dict.fromkeys((9, 160, 12288, *range(8192, 8203), 8239), " ")
DIRT = {**HALF_WIDTH, **REMOVED, **SPACES, 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
LOOSE = re.compile("[\ud800-\udfff]|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d")
CLEAN = re.compile("[!-%'-;=-~\u3001-\u30ff\u4e00-\u9fff，。：；？！（）“”、—…]+")
"""Texts without blanks, breaks or markup, of usual characters: nothing to do."""
BLANKS = re.compile(" {2,}")

PART = re.compile(r"(?:\\[\\|｜]|[^|｜])+")


class Unreadable:
    """A cell that shows an error; `problem` says which."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def text_of(value: Any, bar: str = "|") -> str:
    """What a cell shows: 30 for 30.0, a date in ISO form; a list becomes `|`-separated, or has another `bar`.

    Raises:
        ValueError: it shows an error, or is no text, number, day or list of them.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        texts = [text_of(entry) for entry in _flat(value) if entry is not None]
        return join(texts) if bar == "|" else bar.join(texts)
    if isinstance(value, Unreadable):
        raise ValueError(value.problem)
    raise ValueError(f"a {type(value).__name__} cannot stand in one cell")


def clean(text: str) -> str:
    """Plain text of a dirty cell; line breaks stay, as do `<` and `&` that are no markup."""
    if CLEAN.fullmatch(text):
        return text
    if "&" in text:
        text = without_entities(text)
    if "<" in text:
        text = without_markup(text)
    text = LOOSE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(DIRT)
    text = "\n".join(line.strip() for line in BLANKS.sub(" ", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def join(values: Iterable[str]) -> str:
    """Several values in one cell: `|`-separated, with `\\|` for a bar inside one."""
    return "|".join(re.sub(r"[\\|｜]", r"\\\g<0>", value) for value in values)


def split(text: str) -> list[str]:
    """The values of a `|`-separated cell; empty ones are dropped."""
    parts = (re.sub(r"\\([\\|｜])", r"\1", part).strip() for part in PART.findall(text))
    return [part for part in parts if part]


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _flat(value)
        else:
            yield value
