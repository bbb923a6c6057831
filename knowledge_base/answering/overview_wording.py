"""The first answer to 怎么办: short enough for a phone, with what can be asked next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from knowledge_base.answering.aspect_wording import aspect_body, grouped, has_aspect, in_one_line, under_titles
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.situations import NOTHING, applicable
from knowledge_base.model import ServiceItem
from knowledge_base.model.item import ASPECTS
from knowledge_base.model.values import Choices

LONGEST = 540
"""Characters, so that with heading and last line 600 are kept: what is longer is read by nobody on a phone."""
SHORT_LINES = 3
"""A time limit, fee or place of more lines has to be asked for."""
NAMED_NEXT = 6
"""Aspects named at the end as what may be asked."""


def overview(item: ServiceItem, day: date, choices: Choices = NOTHING) -> str:
    """What a citizen needs first: what it is, the steps, what to bring, how long, how much, where.

    What does not fit is shortened or left out, and named as what can be asked next.
    """
    parts = {"overview": aspect_body(item, "overview", day, choices)}
    steps = labelled(item, "process", day, choices)
    parts["process"] = steps if parts["overview"] else aspect_body(item, "process", day, choices)
    if not any(parts.values()):
        parts["conditions"] = labelled(item, "conditions", day, choices)
    parts["materials"] = labelled(item, "materials", day, choices)
    for name in ("duration", "fee", "place"):
        body = aspect_body(item, name, day, choices)
        short = body and body.count("\n") < SHORT_LINES
        parts[name] = phrase(f"item.{name}_short", value=in_one_line(body)) if short else ""
    shorten(parts, material_names(item, day, choices))
    if not any(parts.values()):
        return ""
    told = [name for name, text in parts.items() if text]
    return "\n".join(filter(None, (*parts.values(), ask_on(item, told))))


def process(item: ServiceItem, day: date, choices: Choices = NOTHING) -> str:
    """What it is and the steps; the steps alone where both are too long."""
    steps = aspect_body(item, "process", day, choices)
    what = aspect_body(item, "overview", day, choices)
    both = "\n".join(filter(None, (what, labelled(item, "process", day, choices) if what else steps)))
    return steps if steps and len(both) > LONGEST else both


def shorten(parts: dict[str, str], names: str) -> None:
    """Bring the parts to LONGEST characters: materials by name, then without steps, then without materials."""
    changes = [("materials", names), ("process", ""), ("materials", ""), ("conditions", "")]
    for name, shorter in changes:
        if sum(map(len, parts.values())) <= LONGEST:
            return
        if name in parts and any(text for other, text in parts.items() if other != name):
            parts[name] = shorter
    for name, text in parts.items():
        parts[name] = fitting(text, LONGEST)


def fitting(text: str, room: int) -> str:
    """As many whole lines as fit, but at least one."""
    lines = text.splitlines()
    while len(lines) > 1 and sum(len(line) + 1 for line in lines) > room:
        lines.pop()
    return "\n".join(lines)


def labelled(item: ServiceItem, aspect: str, day: date, choices: Choices) -> str:
    body = aspect_body(item, aspect, day, choices)
    return f"{phrase(f'item.{aspect}_short')}\n{body}" if body else ""


def material_names(item: ServiceItem, day: date, choices: Choices) -> str:
    """The documents by name, one line for each situation."""
    dated = item.aspects.materials
    materials = applicable(item, (dated.on(day) or ()) if dated else (), choices)
    separator = phrase("item.separator")
    lines = [
        under_titles(item, when) + separator.join(one.name for one in group)
        for when, group in grouped(materials, choices)
    ]
    return "\n".join((phrase("item.materials_short"), *lines)) if lines else ""


def ask_on(item: ServiceItem, told: Collection[str]) -> str:
    """What may be asked next, first what has not been told."""
    names = [name for name in ASPECTS if name not in ("overview", *told) and has_aspect(item, name)]
    if "process" in names and not item.has("process"):
        names.remove("process")  # which would be this answer again
    if "materials" in told and item.situations:
        names.append("materials")
    listed = phrase("item.separator").join(map(aspect_name, names[:NAMED_NEXT]))
    return phrase("item.ask_on", aspects=listed) if listed else ""
