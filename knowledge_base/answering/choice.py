"""Choosing from offered options: by number, by 第N个, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from foundation.text import squash
from knowledge_base.answering.answer import Option

NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
NUMBER = re.compile(r"(?:我?(?:要|选|选择|回复|就)?(?:第)?)([1-9一二两三四五六七八九])(?:个|项|号|条|种)?(?:吧|的|呢)?")
LAST = re.compile(r"(?:我?(?:要|选)?)?最后(?:一|那)?个?(?:吧|的)?")


def choose(text: str, offered: Sequence[Option]) -> Option | None:
    """The option that a normalised reply picks out; None when it picks none, or more than one."""
    if not offered:
        return None
    said = squash(text)
    if match := NUMBER.fullmatch(said):
        number = NUMBERS.get(match[1]) or int(match[1])
        return offered[number - 1] if number <= len(offered) else None
    if LAST.fullmatch(said):
        return offered[-1]
    titles = [(squash(option.title), option) for option in offered]
    exact = [option for title, option in titles if title == said]
    if exact:
        return exact[0]
    if len(said) >= 2:
        inside = [option for title, option in titles if said in title]
        if len(inside) == 1:
            return inside[0]
    return None
