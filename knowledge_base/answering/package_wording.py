"""A package 一件事 in words: its steps in order, and the documents of all of them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from knowledge_base.answering.answer import Answer, Option
from knowledge_base.answering.aspect_wording import COMPOSED, aspect_body, in_one_line
from knowledge_base.answering.package_materials import StepOf, merged_materials
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.published import Published
from knowledge_base.answering.situation_words import mentioned
from knowledge_base.answering.validity import current
from knowledge_base.model import Package, ServiceItem, Unit

MOST_PACKAGES = 2
LONGEST_VALUE = 60
"""Characters of a step's fee or time limit that still fit into one line."""
EACH = ("duration", "fee", "place", "online", "proxy", "contact", "conditions", "hours")
"""Aspects told step by step."""
WHOLE_EVENT = re.compile(
    "一件事|一条龙|全套|全流程|从头到尾|前前后后|一整套|所有(?:的)?(?:手续|证|流程)"
    "|(?:一共|总共|都|统共|合起来|加起来)(?:得|要|需要|该|必须)?(?:去)?[办跑弄搞准].{0,6}(?:啥|什么|哪些|几|多少)"
    "|(?:哪些|什么|啥|几道|几个|多少)(?:个)?(?:手续|证照|部门|事项|程序)|(?:办|要|弄|领|拿)(?:些)?(?:哪些|什么|啥|几个|几样)(?:证|照)(?!明|件照|据)"
    "|先办.{0,8}(?:后|再)|先后(?:顺序)?|(?:办|跑)(?:哪些|啥|什么|几样)(?:东西|事)"
)


DOCUMENTS = re.compile("材料|资料|带|准备|提供|提交|原件|复印")


def whole_event(text: str) -> bool:
    """Whether a normalised question asks for all that an event needs (要办哪些手续), and not for one item of it."""
    return bool(WHOLE_EVENT.search(text))


def steps_of(unit: Package, day: date, snapshot: Published) -> list[StepOf]:
    """The steps whose items are published, by the numbers that they are told with.

    The package's name and the step's note may settle a situation: in 新生儿 insurance is for a newborn.
    """
    found: list[StepOf] = []
    for step in unit.steps:
        item = snapshot.get("item", step.item)
        item = current(item, day, snapshot) if item else None
        if isinstance(item, ServiceItem):
            known = {**mentioned(item, unit.name), **mentioned(item, step.note or "")}
            found.append(StepOf(len(found) + 1, step.note, item, known))
    return found


def asked_of(aspect: str | None, asked: str) -> str:
    """要办哪些证 sounds like a question for documents, but asks for the steps."""
    documents = aspect == "materials" and (DOCUMENTS.search(asked) or not whole_event(asked))
    return aspect if aspect and (documents or aspect != "materials") else "overview"


def word_package(unit: Package, aspect: str | None, day: date, snapshot: Published) -> str:
    """The answer of a package to an aspect; empty where no step says anything on it."""
    steps = steps_of(unit, day, snapshot)
    if aspect == "materials":
        return merged_materials(unit, steps, day)
    if aspect in EACH:
        return step_by_step(unit, steps, aspect, day)
    lines = [phrase("package.heading", title=unit.title), unit.overview]
    for step in steps:
        line = phrase("package.step", number=step.number, title=step.item.title)
        lines.append(f"{line}。{step.note}" if step.note else line)
    return "\n".join(filter(None, (*lines, phrase("package.ask_on"))))


def options_of(unit: Package, day: date, snapshot: Published) -> tuple[Option, ...]:
    """The items of the steps, in the order in which they are numbered."""
    return tuple(Option.of(step.item) for step in steps_of(unit, day, snapshot))


def with_packages(answer: Answer, unit: Unit, asked: str, snapshot: Published) -> Answer:
    """An item's answer with the packages that it is a step of.

    The text names them where the item is told of in general, or where the question (开饭店 …) speaks of the event.
    """
    if answer.kind != "item":
        return answer
    packages = snapshot.packages.get(unit.id, ())
    if not packages:
        return answer
    spoken_of = tuple(one for one in packages if any(name in asked for name in one.names()))
    packages = (spoken_of or packages)[:MOST_PACKAGES]
    also = tuple({"kind": one.kind, "id": one.id, "title": one.title} for one in packages)
    told = spoken_of or answer.aspect in COMPOSED
    line = phrase("package.also", titles=phrase("item.separator").join(one.title for one in packages))
    return replace(answer, text=f"{answer.text}\n{line}" if told else answer.text, also=(*answer.also, *also))


def step_by_step(unit: Package, steps: Sequence[StepOf], aspect: str, day: date) -> str:
    """One line for each step that says something on the aspect; a long value has to be asked for."""
    lines = []
    for step in steps:
        value = in_one_line(aspect_body(step.item, aspect, day, step.choices))
        if value:
            short = value if len(value) <= LONGEST_VALUE else phrase("package.too_long")
            lines.append(phrase("package.value", number=step.number, title=step.item.title, value=short))
    if not lines:
        return ""
    heading = phrase("item.heading", title=unit.title, aspect=aspect_name(aspect))
    return "\n".join((heading, *lines, phrase("package.ask_one")))
