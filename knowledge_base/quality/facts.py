"""Facts in sentences: what is charged, how many days it takes, whom to call. What is not sure to be one is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from foundation.text import normalise, numerals

MONEY = re.compile(r"(?<![\d.])(\d{1,6}(?:\.\d+)?)(?:元|块钱)(?!以[上下内])")
DAYS = re.compile(r"(?<![\d.月-])(\d{1,3})个?(工作日|自然日|天|日)(?!以上)")
PHONE = re.compile(r"(?<![\d-])0\d{2,3}-\d{7,8}(?![\d-])")
CLAUSE = re.compile(r"[，,：:（）()]")

CHARGE = re.compile("费|收取|[只要]收|[交付]\\d")
NO_CHARGE = re.compile(
    "罚|补[贴助]|津贴|滞纳|收入|工资|限额|额度|标准|待遇|余额|资本|贷款|[最至][高多少低]|[另加]收|另交|多要|退|每人?[月年]|保险费|经费|免"
)
ASKS_FEE = re.compile("多少钱|几块钱?|收费|费用|工本费|要不要钱|要钱|花钱|交钱")
FREE = re.compile("免费|不收费|不收钱|不要钱|不用交[钱费]|不收取")
DONE = re.compile("办[结好完]|办理完|出证|[发领制拿取]证|拿到|领到|审[批核]完|批下来|作出决定|签发|核发|出结果")
NOT_DONE = re.compile("公[示告]|延长|另算|冷静期|异议|复议|申请|告知|停留|期满|之?前|超过|改正|加急|补发|复查|缴")
_HOW_LONG = "(?:多久|多长时间|几天|多少天|(?:几|多少)个?工作日)"
ASKS_DAYS = re.compile(f"{_HOW_LONG}.{{0,4}}[办拿领批审出下]|[办拿领批审出下].{{0,6}}{_HOW_LONG}|什么时候能?[办拿领出]")
CONDITION = re.compile("的$|[如若]|如果|批准")


class Said(NamedTuple):
    """A number as a sentence says it."""

    text: str
    value: Decimal
    unit: str = ""
    """工作日, 自然日, or "" where the sentence says 日 or 天 only."""


def plain(sentence: str) -> str:
    """The sentence in half width and simplified characters, with its numerals in digits."""
    return numerals(normalise(sentence))


def charges(sentence: str, asked: bool = False) -> Iterator[Said]:
    """What a plain sentence says is charged; `asked`: it answers a question for the fee."""
    if "元" not in sentence and "块" not in sentence:
        return
    for clause in CLAUSE.split(sentence):
        if (asked or CHARGE.search(clause)) and not NO_CHARGE.search(clause):
            for match in MONEY.finditer(clause):
                yield Said(match.group(), Decimal(match.group(1)))


def completions(sentence: str, asked: bool = False) -> Iterator[Said]:
    """In how many days a plain sentence says that all is done, whatever the case; `asked`: it answers 多久."""
    if "日" not in sentence and "天" not in sentence:
        return
    before: list[str] = []
    for clause in CLAUSE.split(sentence):
        if (asked or DONE.search(clause)) and not any(map(CONDITION.search, before)) and not NOT_DONE.search(clause):
            yield from spans(clause)
        before.append(clause)


def spans(text: str) -> Iterator[Said]:
    """Every number of days in a plain text."""
    for match in DAYS.finditer(text):
        unit = match.group(2)
        yield Said(match.group(), Decimal(match.group(1)), unit if len(unit) > 1 else "")


def sums(text: str) -> Iterator[Said]:
    """Every amount of money in a plain text."""
    for match in MONEY.finditer(text):
        yield Said(match.group(), Decimal(match.group(1)))


def phones(text: str) -> list[str]:
    """The telephone numbers of a plain text, with their area codes."""
    return PHONE.findall(text) if "-" in text else []
