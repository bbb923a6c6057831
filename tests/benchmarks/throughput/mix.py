"""What citizens of a benchmark write: half of it frequent questions with small variations, or nothing twice.

The frequent ones are drawn evenly. In a real city some are asked far more often than others, which would only help
whoever remembers answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from knowledge_base.model import Faq, Unit

FREQUENT = 200
BEFORE = ("", "", "", "请问", "你好，", "您好，请问", "我想问一下，", "麻烦问下")
AFTER = ("", "", "？", "?", "。", "啊", "呢", "，谢谢", "，急")
ASPECTS = (
    "怎么办",
    "要带什么材料",
    "多少钱",
    "几天能办好",
    "在哪里办",
    "网上能办吗",
    "可以让别人代办吗",
    "需要什么条件",
)
WHO = ("我", "我妈", "我爸", "我爱人", "我儿子", "我女儿", "我邻居", "朋友", "同事", "我奶奶")
PLACES = ("城东", "城西", "老街", "新区", "开发区", "火车站旁边", "河边", "学校附近", "菜场对面", "南门")


def frequent(units: Sequence[Unit]) -> list[str]:
    """The questions that are asked most: of each unit one, spread over all of them."""
    asked = [unit.questions()[0] if isinstance(unit, Faq) else f"{unit.title}{ASPECTS[0]}" for unit in units]
    step = max(1, len(asked) // FREQUENT)
    return asked[::step][:FREQUENT]


def city(units: Sequence[Unit], seed: int) -> Iterator[str]:
    """One message after the other: every second one is a frequent question, the others nobody has asked before."""
    chance, often, new = random.Random(seed), frequent(units), never_twice(units, seed)
    while True:
        question = chance.choice(often)
        yield f"{chance.choice(BEFORE)}{question}{chance.choice(AFTER)}"
        yield next(new)


def never_twice(units: Sequence[Unit], seed: int) -> Iterator[str]:
    """Messages of which no two are the same, in one process or in several with different seeds below 300.

    House numbers tell them apart: of few digits, so that none looks like a telephone number.
    """
    chance, number = random.Random(seed), 0
    titles = [unit.title for unit in units if not isinstance(unit, Faq)]
    while True:
        number += 1
        who, where = chance.choice(WHO), chance.choice(PLACES)
        house, flat = divmod(seed * 1_000_000 + number, 10_000)
        home = f"{where}{house}号{flat}室"
        yield f"{who}{chance.randint(18, 90)}岁，住{home}，{chance.choice(titles)}{chance.choice(ASPECTS)}"
