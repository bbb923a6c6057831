"""An answer's text taken apart: what stays together, and under which headings it stands.

Answers are worded line by line (knowledge_base/answering): a title 【事项】要素, sections such as 办理流程：,
situations 【首次申领】, and below each either one line or a numbered list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

TITLE = re.compile(r"【[^】]+】[^。？！?]{0,20}")
SITUATION = re.compile(r"【[^】]+】")
SECTION = re.compile(r"(?!\d+\. )[^【。？！]{1,40}[：:]")
NUMBERED = re.compile(r"(\d{1,3})\. ")
SHORT = 8
"""Characters behind 【事项】 that are said again with it."""


@dataclass(frozen=True)
class Item:
    """A line, with the headings that introduce it: never parted from them."""

    text: str
    heads: tuple[str, ...] = ()
    title: str | None = None
    section: str | None = None
    situation: str | None = None
    gap: bool = False
    """An empty line stands before it."""
    step: int | None = None
    """Its place among the steps, where it is told as one."""

    @property
    def number(self) -> int | None:
        found = NUMBERED.match(self.text)
        return int(found[1]) if found else None

    @property
    def listed(self) -> bool:
        return self.number is not None or self.text.startswith("· ")

    @property
    def shown(self) -> str:
        return "\n".join((*self.heads, self.text))

    @property
    def context(self) -> str:
        """The headings to say again where it begins a page: `【事项】要带的材料`, then the situation."""
        name = SITUATION.match(self.title or "")
        bracket = name[0] if name else ""
        rest = (self.title or "")[len(bracket) :]
        section = "" if self.section in self.heads else (self.section or "").rstrip("：:")
        if len(section) > SHORT or not self.section:
            section = rest if len(rest) <= SHORT else ""
        above = "" if self.title in self.heads else f"{bracket}{section}"
        below = self.situation if self.situation not in self.heads else ""
        return "\n".join(filter(None, (above, below)))


def items(text: str) -> list[Item]:
    """The items of a plain text, in order; together they hold every line of it."""
    found: list[Item] = []
    under, heads, lines, gap, begins = Item(""), [], 0, False, True
    for line in text.split("\n"):
        if not line:
            gap = begins = True
            continue
        if begins and TITLE.fullmatch(line):
            under, lines = Item("", title=line), 0
            heads.append(line)
        elif SITUATION.fullmatch(line):
            under, lines = replace(under, situation=line), 0
            heads.append(line)
        elif SECTION.fullmatch(line):
            under, lines = Item("", title=None if begins else under.title, section=line), 0
            heads.append(line)
        else:
            if begins:
                under = Item("") if not heads else under
            elif lines and not NUMBERED.match(line):
                # A heading rules one line or one list; a section's situations may stand in lines: 【买卖】合同.
                under = replace(under, situation=None, section=under.section if line.startswith("【") else None)
            found.append(replace(under, text=line, heads=tuple(heads), gap=gap and bool(found)))
            heads, lines, gap = [], lines + 1, False
        begins = False
    if heads:
        found.append(Item("\n".join(heads), gap=gap and bool(found)))
    return found
