"""A package 一件事 in words: its steps in order, and the documents of all of them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from knowledge_base.answering.answer import Answer, Option
from knowledge_base.answering.aspect_wording import COMPOSED, aspect_body, in_one_line
from knowledge_base.answering.occasion import Occasion
from knowledge_base.answering.package_materials import merged_materials
from knowledge_base.answering.package_steps import StepOf, steps_of
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.published import Published
from knowledge_base.model import Package, Unit

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


def asked_of(aspect: str | None, asked: str) -> str:
    """要办哪些证 sounds like a question for documents, but asks for the steps."""
    documents = aspect == "materials" and (DOCUMENTS.search(asked) or not whole_event(asked))
    return aspect if aspect and (documents or aspect != "materials") else "overview"


def word_package(unit: Package, aspect: str | None, snapshot: Published, occasion: Occasion) -> str:
    """The answer of a package to an aspect; empty where no step says anything on it."""
    steps = steps_of(unit, snapshot, occasion)
    if aspect == "materials":
        return merged_materials(unit, steps, occasion.day)
    if aspect in EACH:
        return step_by_step(unit, steps, aspect, occasion.day)
    lines = [phrase("package.heading", title=unit.title), unit.overview]
    for step in steps:
        line = phrase("package.step", number=step.number, title=step.item.title)
        line = f"{line}。{step.note}" if step.note else line
        lines.append(f"{line.rstrip('。')}。{step.notice}" if step.notice else line)
    return "\n".join(filter(None, (*lines, phrase("package.ask_on"))))


def options_of(unit: Package, snapshot: Published, occasion: Occasion) -> tuple[Option, ...]:
    """The items of the steps, in the order in which they are numbered; one that cannot be told says why."""
    return tuple(Option.of(step.item) for step in steps_of(unit, snapshot, occasion))


def with_packages(answer: Answer, unit: Unit, snapshot: Published, occasion: Occasion) -> Answer:
    """An item's answer with the packages in force that it is a step of.

    The text names them where the item is told of in general, or where the question (开饭店 …) speaks of the event.
    """
    if answer.kind != "item":
        return answer
    packages = tuple(one for one in snapshot.packages.get(unit.id, ()) if can_be_told(one, occasion))
    if not packages:
        return answer
    spoken_of = tuple(one for one in packages if any(name in occasion.asked for name in one.names()))
    packages = (spoken_of or packages)[:MOST_PACKAGES]
    also = tuple({"kind": one.kind, "id": one.id, "title": one.title} for one in packages)
    told = spoken_of or answer.aspect in COMPOSED
    line = phrase("package.also", titles=phrase("item.separator").join(one.title for one in packages))
    return replace(answer, text=f"{answer.text}\n{line}" if told else answer.text, also=(*answer.also, *also))


def can_be_told(unit: Unit, occasion: Occasion) -> bool:
    """Whether a unit holds on the day and where the citizen is."""
    return unit.in_force(occasion.day) and occasion.regions.holds(unit.region, occasion.at)


def step_by_step(unit: Package, steps: Sequence[StepOf], aspect: str, day: date) -> str:
    """One line for each step that says something on the aspect, or of which nothing can be told; a long value has to
    be asked for."""
    lines, says_something = [], False
    for step in steps:
        value = "" if step.notice else in_one_line(aspect_body(step.item, aspect, day, step.choices))
        short = value if len(value) <= LONGEST_VALUE else phrase("package.too_long")
        if said := short or step.notice:
            lines.append(phrase("package.value", number=step.number, title=step.item.title, value=said))
        says_something = says_something or bool(value)
    if not says_something:
        return ""
    heading = phrase("item.heading", title=unit.title, aspect=aspect_name(aspect))
    return "\n".join((heading, *lines, phrase("package.ask_one")))
