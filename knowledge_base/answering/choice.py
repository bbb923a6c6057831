"""Choosing from offered options: by number, by 第N个, by where it stands, by name or part of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from foundation.text import squash
from knowledge_base.answering.answer import Option

NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
WANT = (
    r"(?:我?(?:就是|是|就|想)?"
    r"(?:问的是|问|要办的是|要的是|要办|要选|要|选择|选的是|选|回复|说的是|办|指的是)?(?:问的)?)"
)
END = r"(?:吧|的|呢|啊|呀|哈|谢谢)*"
NUMBER = re.compile(rf"{WANT}(?:第)?([1-9][0-9]?|[一二两三四五六七八九十])(?:个|项|号|条|种|步)?{END}")
LAST = re.compile(rf"{WANT}(?:最后(?:一|那)?|末尾那?|最下面那?|倒数第[1一])个?{END}")
BACK = re.compile(rf"{WANT}倒数第([2-9二三四五])个?{END}")
FIRST_OF_TWO = re.compile(
    rf"{WANT}(?:前者|前面(?:一|那|的)?个?|上面(?:一|那|的)?个?|头一个|最上面那?个?|最前面那?个?){END}"
)
SECOND_OF_TWO = re.compile(rf"{WANT}(?:后者|后面(?:一|那|的)?个?|下面(?:一|那|的)?个?){END}")
MIDDLE = re.compile(rf"{WANT}中间(?:一|那|的)?个?{END}")
THAT_ONE = re.compile(rf"{WANT}(?:这|那)(?:个|件事|件|一个){END}|(?:对|是|嗯|好|行|可以|没错|就是)+{END}")
NONE = re.compile(
    r"(?:以上|这些|这几个|上面)?(?:都|全|全都|统统|一个都|一个也|哪个都|哪个也)(?:不是|不对|不要|没有|不符合|没对)(?:的|我要的|我想问的)?[了啊呀吧]*"
    r"|(?:里面|这里面|上面)?(?:没有|没)(?:一个)?(?:我)?(?:要|想要|想问|要找|要办|需要|对)的?[了啊呀吧]*"
)
POINTED = re.compile(rf"^{WANT}")
TAIL = re.compile(r"(?:那个|这个|那种|这种|的那个|的这个|那一个|那项|那条)?(?:吧|的|呢|啊|呀|哈)*$")


def choose(text: str, offered: Sequence[Option]) -> Option | None:
    """The option that a normalised reply picks out; None when it picks none, or more than one."""
    if not offered:
        return None
    said = squash(text)
    if (number := place(said, len(offered))) is not None:
        return offered[number - 1] if 1 <= number <= len(offered) else None
    return by_name(said, offered)


def place(said: str, count: int) -> int | None:
    """The place, from 1, that a squashed reply points to among `count` options; None where it names no place."""
    if match := NUMBER.fullmatch(said):
        return NUMBERS.get(match[1]) or int(match[1])
    if LAST.fullmatch(said):
        return count
    if match := BACK.fullmatch(said):
        return count + 1 - (NUMBERS.get(match[1]) or int(match[1]))
    if FIRST_OF_TWO.fullmatch(said):
        return 1
    if SECOND_OF_TWO.fullmatch(said) and count == 2:
        return 2
    if MIDDLE.fullmatch(said) and count == 3:
        return 2
    if THAT_ONE.fullmatch(said) and count == 1:
        return 1
    return None


def by_name(said: str, offered: Sequence[Option]) -> Option | None:
    """The one option whose title a squashed reply is, stands in, or gives the telling characters of."""
    titles = [(squash(option.title), option) for option in offered]
    bare = TAIL.sub("", POINTED.sub("", said))
    for wanted in filter(None, (said, bare)):
        exact = [option for title, option in titles if title == wanted]
        if exact:
            return exact[0]
        inside = [option for title, option in titles if len(wanted) >= 2 and wanted in title]
        if len(inside) == 1:
            return inside[0]
    telling = [option for title, option in titles if len(bare) >= 2 and set(bare) <= set(title)]
    return telling[0] if len(telling) == 1 else None


def not_offered(text: str, offered: Sequence[Option]) -> bool:
    """Whether a reply points to a place that no option has."""
    number = place(squash(text), len(offered)) if offered else None
    return number is not None and not 1 <= number <= len(offered)


def none_of_them(text: str, offered: Sequence[Option]) -> bool:
    """Whether a reply says that nothing offered is meant: 都不是."""
    return bool(offered) and NONE.fullmatch(squash(text)) is not None
