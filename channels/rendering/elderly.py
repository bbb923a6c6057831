"""敬老版: an answer in small portions. One step, a few documents or a few lines at a time; each sentence begins a line.

Only the layout differs: every word of the answer is said, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels.rendering.lines import NUMBERED, Item
from channels.rendering.words import word

MOST_DOCUMENTS, MOST_LINES, LONGEST = 3, 5, 150
"""Of a portion: documents, other lines, characters."""
AFTERWORD = 60
"""Characters of a last portion that is no page of its own: 想细看哪一步，回复数字就可以。"""
CHAIN = re.compile(r"（([^（）]*，[^（）]*)）(?:。|$)", re.MULTILINE)
"""（原件1份，可以容缺后补，可以用电子证照）, at the end of a sentence."""
SENTENCE = re.compile(r"(?<=[。！？])(?![。！？”’」』）)》】\n]|$)")
POINT = re.compile(r"；(?=\d{1,2}\. |【)|(?<=：)(?=1\. )")
"""Where a list that was told in one line goes on: 地点：1. …；2. …"""


def leaves(items: Sequence[Item], answer: Mapping[str, Any]) -> list[tuple[Item, ...]]:
    """The portions of an answer, in order."""
    told = list(worded(items, answer))
    if sum(len(item.shown) for item, _ in told) <= LONGEST and not any(item.step for item, _ in told):
        return [tuple(item for item, _ in told)] if told else []
    portions: list[list[Item]] = []
    before = ""
    for item, kind in told:
        begins = item.section in item.heads or kind != before or kind == "step"
        if not portions or begins or full([*portions[-1], item], kind):
            portions.append([])
        portions[-1].append(item)
        before = kind
    if len(portions) > 1 and sum(len(item.shown) for item in portions[-1]) <= AFTERWORD and before == "line":
        afterword = portions.pop()
        portions[-1] += afterword
    return [tuple(portion) for portion in portions]


def full(items: Sequence[Item], kind: str) -> bool:
    most = MOST_DOCUMENTS if kind == "document" else MOST_LINES
    return len(items) > most or sum(len(item.shown) for item in items) > LONGEST


def worded(items: Sequence[Item], answer: Mapping[str, Any]) -> Iterator[tuple[Item, str]]:
    """The items as they are said here, each with what it is: a step, a document, or a line."""
    kinds = [kind_of(item, items, answer) for item in items]
    counts: dict[tuple[str | None, ...], int] = {}
    for item, kind in zip(items, kinds):
        if kind == "step":
            counts[place(item)] = max(counts.get(place(item), 0), item.number or 0)
    for item, kind in zip(items, kinds):
        if kind == "step":
            text = NUMBERED.sub("", item.text, count=1)
            step = word("elderly.step", number=item.number, count=counts[place(item)])
            yield replace(item, text=f"{step}\n{airy(text)}", step=item.number), kind
            continue
        text = airy(item.text)
        if len(text) <= LONGEST:
            yield replace(item, text=text, gap=item.gap or kind == "document"), kind
            continue
        first, *rest = text.split("\n")
        yield replace(item, text=first), kind
        yield from ((replace(item, text=line, heads=(), gap=False), kind) for line in rest)


def kind_of(item: Item, items: Sequence[Item], answer: Mapping[str, Any]) -> str:
    """A numbered line is a step where its section, else the title, says so; the steps of a package 一件事 are, too."""
    steps, documents = word("elderly.steps"), word("elderly.documents")
    if item.number is None:
        return "line"
    if item.section:
        return "step" if item.section.startswith(steps) else "document" if documents in item.section else "line"
    title = item.title or ""
    has_section = any((one.section or "").startswith(steps) for one in items)
    if title.endswith(steps) and not has_section:
        return "step"
    if answer.get("kind") == "package" and answer.get("aspect") in (None, "overview", "process"):
        return "step"
    return "document" if documents in title else "line"


def place(item: Item) -> tuple[str | None, ...]:
    """The list that a step belongs to."""
    return item.title, item.section, item.situation


def airy(text: str) -> str:
    """Each sentence, each point of a list and each chain of remarks in a line of its own."""
    if not NUMBERED.match(text):  # numbers within a numbered line would look like lines of its list
        text = POINT.sub("\n", text)
    text = CHAIN.sub(lambda chain: f"\n{word('elderly.sentence', text=chain[1])}\n", text)
    lines = (line.strip() for line in SENTENCE.sub("\n", text).split("\n"))
    return "\n".join(filter(None, lines))
