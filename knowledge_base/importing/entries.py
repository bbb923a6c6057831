"""A cell with several entries → the entries: separated by bars, by lines, or only by their numbering."""

from __future__ import annotations

import re

from knowledge_base.importing.cells import split

CHINESE = "一二三四五六七八九十"
NUMBERED = re.compile(
    rf"^(?:[(（]?(?:\d{{1,2}}|[{CHINESE}]{{1,3}})[)）、]|\d{{1,2}}[.．](?!\d)|第?[{CHINESE}]{{1,3}}步[:：、]|[①-⑳⑴-⒇])\s*"
)
BULLET = re.compile(r"^[·•●○■□◆◇▪➢➤\-*]\s*(?=\S)")
MARKS = tuple(
    re.compile(rf"{mark}\s*")
    for mark in (
        r"(?<![\d.．])(\d{1,2})[.．、](?!\d)",
        r"[(（](\d{1,2})[)）]",
        r"(?<![\d(（])(\d{1,2})[)）]",
        r"([①-⑳])",
        rf"[(（]([{CHINESE}]{{1,3}})[)）]",
        rf"(?<![{CHINESE}])([{CHINESE}]{{1,3}})、",
    )
)
ORDER = [*CHINESE, *(f"十{digit}" for digit in CHINESE[:9]), "二十"]


def lines(text: str) -> list[str]:
    """The entries of a cell: `|`-separated, or else one a line; numbering that every entry carries is taken off."""
    entries = split(text)
    if len(entries) == 1:
        entries = [line for line in re.split(r"\s*\n\s*", entries[0]) if line]
    if len(entries) == 1:
        return _numbered_in_line(entries[0])
    for mark in (NUMBERED, BULLET):
        if entries and all(mark.match(entry) and mark.sub("", entry) for entry in entries):
            entries = [mark.sub("", entry) for entry in entries]
    return entries


def names(text: str) -> list[str]:
    """As `lines`, for short things such as materials: a semicolon outside brackets separates them too."""
    entries = lines(text)
    if len(entries) == 1:
        entries = _at_semicolons(entries[0])
    return [name for entry in entries if (name := entry.strip().rstrip("；;，,。").strip())]


def _at_semicolons(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character in "（(":
            depth += 1
        elif character in ")）":
            depth = max(0, depth - 1)
        elif character in ";；" and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _numbered_in_line(text: str) -> list[str]:
    """`1.身份证；2.户口簿` is two entries: the text begins with the first number, and the others follow in order."""
    for pattern in MARKS:
        marks: list[re.Match[str]] = []
        for mark in pattern.finditer(text):
            if _number(mark.group(1)) == len(marks) + 1:
                marks.append(mark)
        if len(marks) > 1 and marks[0].start() == 0:
            ends = [*(mark.start() for mark in marks[1:]), len(text)]
            parts = [text[mark.end() : end].strip().rstrip("；;，,") for mark, end in zip(marks, ends)]
            if all(parts):
                return parts
    return [text]


def _number(mark: str) -> int:
    if mark.isdecimal():
        return int(mark)
    return ord(mark) - ord("①") + 1 if "①" <= mark <= "⑳" else ORDER.index(mark) + 1 if mark in ORDER else 0
