"""Choosing from offered options: by number, by 第N个, by where it stands, by name or part of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from foundation.text import squash
from knowledge_base.answering.answer import Option

NUMBERS = {
    **{digit: value for value, digit in enumerate("一二三四五六七八九十", 1)},
    **{"壹": 1, "贰": 2, "叁": 3, "两": 2},
    **{letter: value for value, letter in enumerate("abcd", 1)},
    **{"yi": 1, "er": 2, "san": 3, "si": 4},
}
WANT = (
    "(?:[我俺咱就是系係要想点看查说问办拣挑按整指的嗯行]|好像?|[这那][种边]?|[上下][边头]|选[择项]?|情况|应该|可能|大概|也许|估计"
    "|属于|符合|打开|回复|输入|答案|排在)*"
)
"""What stands before a place; 不是第一个 is no choice, and 我有两个 counts. No part begins as another does: however
long a text is, it is read in one way or in none."""
END = "(?:[吧的呢啊呀哈嘛噻哦]|谢谢|好了|就[行好]|[是即]?我要[问办]的|儿|好[伐吗])*"
OF_A_NAME = ("类", "种", "号", "级")
"""A reply that ends so may name what stands in a title: 第二类医疗器械 may be the first option."""
OF_WHAT = "(?:选项|情[况形]|业务|事项)?"
NUMBER = re.compile(
    rf"{WANT}(?:(?:[第弟地]|di)?([1-9][0-9]?|[一二三四五六七八九十两壹贰叁]|yi|er|san|si)(?:[个项号条种步类行只位]|ge)?|([a-d])项?)"
    rf"{OF_WHAT}{END}"
)
LAST = re.compile(rf"{WANT}(?:最[后下](?:[一面边])?那?|末尾那?|倒数第[1一])个?{OF_WHAT}{END}")
BACK = re.compile(rf"{WANT}倒数第([2-9二三四五])个?{END}")
FIRST_OF_TWO = re.compile(
    rf"{WANT}(?:前者|前[面头边]?(?:[一那的])?个?|上[面头边](?:[一那的])?个?|头一个|最[上前][面头边]?的?那?个?|左[面边](?:[那的])?个?){END}"
)
SECOND_OF_TWO = re.compile(rf"{WANT}(?:后者|[后下右][面头边](?:[一那的])?个?|后一个){END}")
THEN = re.compile(
    rf"{WANT}[第弟地]([1-9]|[一二三四五六七八九十壹贰叁])[个项条种类]?{OF_WHAT}(?:的话|的|那个?|呢)?(..+)"
)
MIDDLE = re.compile(rf"{WANT}中间(?:[一那的])?个?{END}")
THAT_ONE = re.compile(rf"{WANT}(?:这|那)(?:个|件事|件|一个){END}|(?:对|是|嗯|好|行|可以|没错|就是)+{END}")
NONE = re.compile(
    r"(?:以上|这些|这几个|上面)?(?:都|全|全都|统统|一个都|一个也|哪个都|哪个也)(?:不是|不对|不要|没有|不符合|没对)(?:的|我要的|我想问的)?[了啊呀吧]*"
    r"|(?:里面|这里面|上面)?(?:没有|没)(?:一个)?(?:我)?(?:要|想要|想问|要找|要办|需要|对)的?[了啊呀吧]*"
)
POINTED = re.compile(rf"^{WANT}")
TAIL = re.compile(r"(?:那个|这个|那种|这种|的那个|的这个|那一个|那项|那条)?(?:吧|的|呢|啊|呀|哈)*$")


class Pointed(NamedTuple):
    """第二个多少钱: an option, and what is asked of it."""

    option: Option
    question: str


def choose(text: str, offered: Sequence[Option]) -> Option | None:
    """The option that a normalised reply picks out; None when it picks none, or more than one."""
    if not offered:
        return None
    said = squash(text)
    if said[-1:] in OF_A_NAME and (one := the_one_with(said, offered)) is not None:
        return one
    if (number := place(said, len(offered))) is not None:
        return offered[number - 1] if 1 <= number <= len(offered) else None
    return by_name(said, offered)


def place(said: str, count: int) -> int | None:
    """The place, from 1, that a squashed reply points to among `count` options; None where it names no place."""
    if match := NUMBER.fullmatch(said):
        said = match[1] or match[2]
        return NUMBERS.get(said) or int(said)
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


def pointed(text: str, offered: Sequence[Option]) -> Pointed | None:
    """The option to whose place a normalised question begins with pointing; whether it then asks something of it, and
    does not name a thing of its own (第二个孩子怎么上户口), is for others to see."""
    match = THEN.fullmatch(squash(text)) if offered else None
    number = (NUMBERS.get(match[1]) or int(match[1])) if match else 0
    return Pointed(offered[number - 1], match[2]) if match and 1 <= number <= len(offered) else None


def the_one_with(said: str, offered: Sequence[Option]) -> Option | None:
    """The one option in whose title these words stand."""
    found = [option for option in offered if len(said) >= 2 and said in squash(option.title)]
    return found[0] if len(found) == 1 else None


def by_name(said: str, offered: Sequence[Option]) -> Option | None:
    """The one option whose title a squashed reply is, stands in, or gives the telling characters of."""
    titles = [(squash(option.title), option) for option in offered]
    bare = TAIL.sub("", POINTED.sub("", said))
    for wanted in filter(None, (said, bare)):
        exact = [option for title, option in titles if title == wanted]
        if exact:
            return exact[0]
        if (one := the_one_with(wanted, offered)) is not None:
            return one
    telling = [option for title, option in titles if len(bare) >= 2 and set(bare) <= set(title)]
    return telling[0] if len(telling) == 1 else None


def not_offered(text: str, offered: Sequence[Option]) -> bool:
    """Whether a reply points to a place that no option has."""
    number = place(squash(text), len(offered)) if offered else None
    return number is not None and not 1 <= number <= len(offered)


def none_of_them(text: str, offered: Sequence[Option]) -> bool:
    """Whether a reply says that nothing offered is meant: 都不是."""
    return bool(offered) and NONE.fullmatch(squash(text)) is not None
