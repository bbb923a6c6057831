"""The documents that a package 一件事 needs, of all its steps together: each named once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from foundation.text import squash
from knowledge_base.answering.aspect_wording import grouped, numbered, situation_titles
from knowledge_base.answering.package_steps import StepOf
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.situations import applicable
from knowledge_base.model import Package
from knowledge_base.model.values import Material

COPY = re.compile("(?:[和及、或]|加盖公章的)*复印件")
LONG_FORM = re.compile("^本人的?|居民(?=身份证|户口簿)")
"""本人居民身份证, 居民身份证 and 身份证 are one document."""


@dataclass
class Document:
    """One document, wherever in the package it is needed."""

    name: str
    steps: list[int] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    """In which it is needed beside copies: 原件, 电子 …"""
    originals: int = 0
    copies: int = 0
    situations: list[str] = field(default_factory=list)
    always: bool = False
    """Needed in some step whatever the situation."""
    optional: bool = True
    """Required by no step."""

    def add(self, number: int, entry: Material, situation: str) -> None:
        """An original is shown again at the next step; copies stay there and add up."""
        form = COPY.sub("", entry.form or "")
        if COPY.search(entry.form or ""):
            self.copies += entry.count or 1
        if form or not entry.form:
            self.originals = max(self.originals, entry.count or 0)
        add(self.forms, form)
        add(self.steps, number)
        add(self.situations, situation)
        self.always = self.always or not situation
        self.optional = self.optional and not entry.required

    def worded(self, steps: int) -> str:
        """`居民身份证（原件1份，复印件共2份，第1、3步要）`, in a package of so many steps."""
        separator = phrase("item.separator")
        count = phrase("item.copies", count=self.originals) if self.originals else ""
        strict = [form for form in self.forms if not any(other != form and other in form for other in self.forms)]
        parts = [f"{separator.join(strict)}{count}"]
        if self.copies:
            parts.append(phrase("package.copies", count=self.copies))
        if self.optional:
            parts.append(phrase("item.flags.optional"))
        if not self.always:
            parts.append(phrase("package.only", situations=separator.join(self.situations)))
        everywhere = len(self.steps) == steps > 1
        needed = phrase("package.needed", steps=separator.join(map(str, self.steps)))
        parts.append(phrase("package.all_steps") if everywhere else needed)
        return f"{self.name}（{'，'.join(filter(None, parts))}）"


def add(values: list[str] | list[int], value: object) -> None:
    """Append what is neither empty nor there already."""
    if value and value not in values:
        values.append(value)  # type: ignore[arg-type]


def documents(steps: Sequence[StepOf], day: date) -> list[Document]:
    """The documents of all steps, in the order in which they are first needed."""
    found: dict[str, Document] = {}
    for number, entry, situation in entries(steps, day):
        found.setdefault(LONG_FORM.sub("", squash(entry.name)), Document(entry.name)).add(number, entry, situation)
    return list(found.values())


def entries(steps: Sequence[StepOf], day: date) -> Iterator[tuple[int, Material, str]]:
    """Each material of the steps that can be told, with its step and the situation in which alone it is needed."""
    for step in steps:
        if step.notice:
            continue
        dated = step.item.aspects.materials
        materials = applicable(step.item, (dated.on(day) or ()) if dated else (), step.choices)
        for when, group in grouped(materials, step.choices):
            situation = phrase("item.separator").join(situation_titles(step.item, when))
            for entry in group:
                yield step.number, entry, situation


def merged_materials(unit: Package, steps: Sequence[StepOf], day: date) -> str:
    """The list: what, how many, and for which steps, and of which steps nothing can be told; empty where no step
    needs anything."""
    lines = [one.worded(len(steps)) for one in documents(steps, day)]
    if not lines:
        return ""
    heading = phrase("item.heading", title=unit.title, aspect=aspect_name("materials"))
    names = [phrase("package.step", number=step.number, title=step.item.title) for step in steps]
    shown = phrase("package.steps_are", steps="；".join(names))
    untold = [phrase("package.untold", step=step.number, notice=step.notice) for step in steps if step.notice]
    return "\n".join((heading, phrase("package.materials"), *numbered(lines), shown, *untold))
