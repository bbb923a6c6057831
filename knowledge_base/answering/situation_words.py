"""What a citizen's own words already say of his situation: 外地户口的, 孩子才5岁, 没有领证."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from foundation.text import normalise, numerals, squash
from knowledge_base.answering.answer import Option
from knowledge_base.answering.situations import ALL, SITUATION, still_valid
from knowledge_base.model import ServiceItem, Unit
from knowledge_base.model.item import Situation, SituationOption
from knowledge_base.model.values import Choices

BESIDE = 6
"""Other characters in a reply that does nothing but answer the question asked."""
A_QUESTION = re.compile("怎么|咋|多少|几|什么|啥|哪|吗|么|能不能|可不可以|多久|要不要")
BRACKETS = re.compile("[（）()]")
NO_SITUATION = re.compile("工作日|工作人员|工作时间|办公")
"""Common words that hold others: 工作日 says nothing of 工作."""
DENIED = re.compile("(?:(?<!是)不是|(?<!有)没有|不算|不属于|并非|[没不非无未])$")
EVERYTHING = re.compile(
    "(?:那|就|请|你|您|帮我|给我|我)*(?:全部?|全都|都|所有的?|每种|各种)(?:情况|想|要|给我|可以|行|好)*"
    "(?:说|讲|看|列|要|知道|告诉|了解|一下|一遍|出来|听听|我|吧|了|呢)*"
)
DO_NOT_KNOW = re.compile(
    "(?:我|也|还|都|搞|弄|这个)*(?:不知道|不清楚|不确定|不太?懂|不晓得|说不准|搞不清|弄不清|分不清).{0,6}"
)
AROUND = re.compile(
    "(?:那么?|如果|要是|假如|我们?|他|她|俺|咱|就|是|属于|的话|的|呢|呀|啊|吧|嘛|了|情况|这种|办|人|换成|改成|应该|算|只|想|要|选|自己|已经)*"
)
AGE = re.compile(r"(?<![满过足\d])(\d{1,3})(?:周岁|岁)(?!以[上下内]|或|至|到)")
OLDER = re.compile(r"满(\d+)|(\d+)(?:周岁|岁)(?:以上|及以上)")
YOUNGER = re.compile(r"[未不]满(\d+)|(\d+)(?:周岁|岁)以下")


class Found(NamedTuple):
    """Where in a text words of an option stand."""

    start: int
    end: int
    option: str
    denied: bool


def mentioned(item: ServiceItem, text: str) -> dict[str, str]:
    """The situations of an item that a normalised text settles: situation id → option id."""
    said = squash(NO_SITUATION.sub("", text))
    found = {}
    for one in item.situations:
        if option := settled(one, longest(places(item, one, said))) or by_age(one, text):
            found[one.id] = option
    return found


def known(item: ServiceItem, before: Choices, text: str) -> dict[str, str]:
    """What was known before, as far as this release of the item still asks it, and what a text adds or corrects."""
    new = mentioned(item, text)
    return {**{key: value for key, value in still_valid(item, before).items() if not new or key != ALL}, **new}


def places(item: ServiceItem, situation: Situation, said: str) -> Iterator[Found]:
    """Each place of each option's words; words of the item's own name tell nothing."""
    name = squash(item.name)
    for option in situation.options:
        for word in words_of(option):
            for start in starts(word, said) if word not in name else ():
                yield Found(start, start + len(word), option.id, bool(DENIED.search(said[:start])))


def starts(word: str, said: str) -> Iterator[int]:
    """Where a word stands; 2年 does not stand in 12年."""
    start = said.find(word)
    while start >= 0:
        around = (said[max(start - 1, 0) : start], said[start + len(word) : start + len(word) + 1])
        if not (around[0].isdigit() and word[0].isdigit()) and not (around[1].isdigit() and word[-1].isdigit()):
            yield start
        start = said.find(word, start + 1)


def words_of(option: SituationOption) -> frozenset[str]:
    return compared((option.title, *BRACKETS.split(option.title), *option.words))


@lru_cache(maxsize=4096)
def compared(words: tuple[str, ...]) -> frozenset[str]:
    """Words of an option as they are looked for: the same of every question."""
    return frozenset(squash(numerals(normalise(word))) for word in words) - {""}


def longest(found: Iterable[Found]) -> list[Found]:
    """Without those inside a longer one: 不是本地人 holds 本地人."""
    places = sorted(set(found), key=lambda one: one.start - one.end)
    kept: list[Found] = []
    for one in places:
        if not any(other.start <= one.start and one.end <= other.end and other[:2] != one[:2] for other in kept):
            kept.append(one)
    return kept


def settled(situation: Situation, found: Sequence[Found]) -> str | None:
    """The one option spoken of; of two, the other one when one is denied (没丢)."""
    said = {one.option for one in found if not one.denied}
    denied = {one.option for one in found if one.denied} - said
    if not said and denied and len(situation.options) == 2:
        said = {option.id for option in situation.options} - denied
    return said.pop() if len(said) == 1 else None


def by_age(situation: Situation, text: str) -> str | None:
    """The option whose span of years holds the age that a text names."""
    ages = {int(age) for age in AGE.findall(text)}
    if len(ages) != 1:
        return None
    age = ages.pop()
    fitting = [option.id for option in situation.options if (span := years(option)) and span[0] <= age < span[1]]
    return fitting[0] if len(fitting) == 1 else None


def years(option: SituationOption) -> tuple[int, int] | None:
    """From the title: 未满16周岁 is 0 up to 16."""
    if younger := YOUNGER.search(option.title):
        return 0, int(younger[1] or younger[2])
    if older := OLDER.search(option.title):
        return int(older[1] or older[2]), 1000
    return None


def reply(topic: Unit | None, text: str, offered: Sequence[Option]) -> Option | None:
    """The situation that a message picks out: in answer to the question, or by itself (外地户口的呢)."""
    if not isinstance(topic, ServiceItem) or not topic.situations:
        return None
    said = squash(text)
    asked = any(option.kind == SITUATION for option in offered)
    if not A_QUESTION.search(said) and (EVERYTHING.fullmatch(said) or (asked and DO_NOT_KNOW.fullmatch(said))):
        return Option(text, ALL, SITUATION)
    for one in topic.situations:
        found = longest(places(topic, one, said))
        option = settled(one, found) or by_age(one, text)
        rest = without(said, found)
        if option and (AROUND.fullmatch(rest) or (asked and len(rest) <= BESIDE and not A_QUESTION.search(rest))):
            title = next(other.title for other in one.options if other.id == option)
            return Option(title, f"{one.id}={option}", SITUATION)
    return None


def without(said: str, found: Sequence[Found]) -> str:
    """What remains of a text when the words found are taken out."""
    return "".join(sign for place, sign in enumerate(said) if not any(one.start <= place < one.end for one in found))
