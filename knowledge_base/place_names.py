"""Names of administrative divisions in what people write: 天河区 anywhere, 天河 where it is not part of another word.

A short name that is an ordinary word besides (新建区, 平安区, 公安县) counts only where the words around it make it a
place: another district's rule must not be told to whoever builds a house.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

SUFFIXES = ("自治县", "街道", "区", "县", "市", "旗", "镇", "乡", "省")
DIVISION = re.compile(r"[一-鿿]{1,8}?(?:自治县|区|县|旗|市|镇|街道)")
NO_DIVISION = re.compile(
    "(?:.*(?:[小社辖]区|[超上]市|[国党锦军]旗)|[园景灾地山校库片厂矿市跨本全各分城郊]区|[城乡村集跨本全各]镇"
    "|[城门都股楼夜早菜集入跨本全各退房车]市|[跨本全各市区]县|[升彩降]旗|[本全各]街道)"
)
"""What ends like a division and is none: 小区电梯加装, 城镇职工, 跨区迁移; but 西山区 and 江门市 are."""
WORDS = Path(__file__).with_name("place_names.yml")
FREQUENT = 3000
"""A word as frequent in the language at large, by jieba's count, is an ordinary one."""
LEARNED = 20_000
"""What words count that were learned from the knowledge base itself: 天河居住证 is one of 天河."""
THERE = re.compile(r"(?:在|到|去|回|住|来自|我是|属于|户口是?|户籍是?|[市省县])$")
OF_THERE = re.compile(r"(?:的?人(?![寿民工才事保均口脸])|户口|户籍|本地|居民|市民|这边|那边)")
ENDS = re.compile(r"(?:[的呢吧啊呀吗]|怎么|如何|$|[^一-鿿])")
REACH = 3
"""Characters on either side by which a word that a name is part of may be longer (市中心, 高新技术)."""


@lru_cache(maxsize=8192)
def short_name(name: str) -> str:
    """天河区 → 天河; 城区, of which too little would remain, stays."""
    short = next((name[: -len(end)] for end in SUFFIXES if name.endswith(end)), name)
    return short if len(short) >= 2 else name


def stands_in(name: str, text: str, frequencies: Mapping[str, int]) -> bool:
    """Whether a text names a division.

    Args:
        frequencies: of words in the language at large.
    """
    if name in text:
        return True
    short = short_name(name)
    if short not in text:
        return False
    ordinary = short in ordinary_words() or frequencies.get(short, 0) >= FREQUENT
    places = (match.span() for match in re.finditer(re.escape(short), text))
    return any(
        not within_a_word(text, start, end, frequencies) and (not ordinary or is_a_place(text[:start], text[end:]))
        for start, end in places
    )


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    return frozenset(yaml.safe_load(WORDS.read_text(encoding="utf-8")))


def is_a_place(before: str, after: str) -> bool:
    """Whether the words around an ordinary word make it a place."""
    if OF_THERE.match(after):
        return True
    return bool(ENDS.match(after)) and (not re.search("[一-鿿]", before) or THERE.search(before) is not None)


def within_a_word(text: str, start: int, end: int, frequencies: Mapping[str, int]) -> bool:
    """Whether what stands there is a part of a longer word."""
    return any(frequencies.get(word, LEARNED) not in (0, LEARNED) for word in longer(text, start, end))


def longer(text: str, start: int, end: int) -> Iterator[str]:
    for left in range(max(0, start - REACH), start + 1):
        for right in range(end, min(len(text), end + REACH) + 1):
            if right - left > end - start:
                yield text[left:right]


def division_in(text: str, begins: bool = False) -> str | None:
    """The division that an office's or a rule's name names, the last one.

    Args:
        begins: only where it stands at the beginning, or in brackets: 天河区居住证办理, 居住证办理（天河区）.
    """
    last, ends = None, 0
    for match in DIVISION.finditer(text):
        named = not NO_DIVISION.fullmatch(match[0])
        if named and (not begins or match.start() == ends or text[match.start() - 1] in "（(【["):
            last = match[0]
            ends = match.end()
    return last
