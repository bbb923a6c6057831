"""Frequently asked questions of a city that does not exist: any number of them, always the same ones."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PARTS = Path(__file__).with_name("city.yml")
SHORT = 40
"""Characters of an answer of one sentence, at most."""
ORDERS = (
    "{district}{service}{situation}{ask}",
    "{district}{situation}办{service}{ask}",
    "{service}，{situation}，{ask}，{district}",
)


class Faq(NamedTuple):
    """One row of the table that is imported."""

    id: str
    question: str
    similar_questions: str
    """Separated by `|`."""
    answer: str


@lru_cache(maxsize=1)
def parts() -> dict[str, Any]:
    raw = yaml.safe_load(PARTS.read_text(encoding="utf-8"))
    return {name: value.split() if isinstance(value, str) else value for name, value in raw.items()}


def faqs(count: int, length: int = SHORT, similar: int = 0) -> Iterator[Faq]:
    """`count` FAQs with different questions.

    Args:
        length: about as many characters has an answer, at most; SHORT for a sentence.
        similar: other ways to ask beside each question.
    """
    rng = random.Random(2026)
    known = parts()
    seen: set[tuple[str, ...]] = set()
    while len(seen) < count:
        district, service, situation = (rng.choice(known[name]) for name in ("districts", "services", "situations"))
        aspect = rng.choice(list(known["aspects"]))
        if (district, service, situation, aspect) in seen:
            continue
        seen.add((district, service, situation, aspect))
        a, b = rng.sample(known["papers"], 2)
        numbers = {"n": rng.randint(2, 30), "m": rng.randint(5, 99), "k": rng.randint(1, 9)}
        words = {"district": district, "service": service, "situation": situation, "a": a, "b": b, **numbers}
        asks = known["aspects"][aspect]["ask"]
        asked = [rng.choice(ORDERS).format(ask=rng.choice(asks), **words) for _ in range(1 + similar)]
        answer = rng.choice(known["aspects"][aspect]["answer"]).format(**words)
        opening = f"{district}{service}（{situation}）："
        answer = opening + answer if len(opening) + len(answer) <= SHORT else answer
        more = [sentence.format(**words) for sentence in rng.sample(known["more"], len(known["more"]))]
        while length > SHORT and more and len(answer) + len(more[-1]) <= length:
            answer += more.pop()
        number = len(seen)
        yield Faq(f"faq-{number}", asked[0], "|".join(asked[1:]), answer[:length])


def write(file: Path, rows: Iterator[Faq]) -> None:
    """Write a table that `zhengwu kb import` takes."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(Faq._fields)
        table.writerows(rows)


def typed(count: int, rows: list[Faq]) -> list[str]:
    """Questions of these rows as somebody may type them: cut short, words left out or added, a slip."""
    rng = random.Random(7)
    return [variant(rng.choice(rows).question, rng) for _ in range(count)]


def variant(question: str, rng: random.Random) -> str:
    for name in rng.sample(parts()["districts"], len(parts()["districts"])):
        if name in question and rng.random() < 0.4:
            question = question.replace(name, "")
    chance = rng.random()
    if chance < 0.25:
        question = rng.choice(("请问", "你好，", "我想问下", "麻烦问一下 ")) + question
    elif chance < 0.5:
        question += rng.choice(("？", "呢", "啊", "，谢谢", "，急"))
    elif chance < 0.7 and len(question) > 8:
        at = rng.randrange(1, len(question) - 1)
        question = question[:at] + question[at + 1 :]
    elif chance < 0.8 and len(question) > 8:
        at = rng.randrange(1, len(question) - 1)
        question = question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    elif chance < 0.9:
        question = f"我家里人上个月问过一次没说清楚，{question}，我们住得比较远，不想白跑一趟"
    return question.strip("，")
