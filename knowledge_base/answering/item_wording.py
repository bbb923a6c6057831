"""The answer that a service item gives to an aspect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from knowledge_base.answering.aspect_wording import aspect_body
from knowledge_base.answering.office_wording import weekly_hours
from knowledge_base.answering.overview_wording import overview, process
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.situations import NOTHING, applicable
from knowledge_base.model import Office, ServiceItem, Unit
from knowledge_base.model.values import Choices

OfficeOf = Callable[[str], Unit | None]
"""Finds an office 办事大厅 by id, for the hours, addresses and phones of the places named."""


def word_aspect(item: ServiceItem, aspect: str, day: date, office_of: OfficeOf, choices: Choices = NOTHING) -> str:
    """The answer to one aspect as it holds on `day`, for what is known of the citizen; empty when the item does not
    say."""
    if aspect == "overview":
        body = overview(item, day, choices)
    elif aspect == "process":
        body = process(item, day, choices)
    elif aspect == "basis" and not item.has("basis"):
        body = "\n".join(source_line(source) for source in item.sources)
    elif aspect == "hours" and not item.has("hours"):
        body = office_hours(item, day, office_of, choices)
    else:
        body = aspect_body(item, aspect, day, choices)
        if aspect == "place":
            body = "\n".join((body, *addresses(offices_of(item, day, office_of, choices), body))).strip()
    return f"{heading(item, aspect)}\n{body}" if body else ""


def heading(item: ServiceItem, aspect: str) -> str:
    return phrase("item.heading", title=item.title, aspect=aspect_name(aspect))


def offices_of(item: ServiceItem, day: date, office_of: OfficeOf, choices: Choices = NOTHING) -> list[Office]:
    """The offices in force where the item is done."""
    dated = item.aspects.place
    lines = applicable(item, (dated.on(day) or ()) if dated else (), choices)
    found = [office_of(line.office) for line in lines if line.office]
    return list({one.id: one for one in found if isinstance(one, Office) and one.in_force(day)}.values())


def office_hours(item: ServiceItem, day: date, office_of: OfficeOf, choices: Choices = NOTHING) -> str:
    """Hours of the offices where the item is done, when the item itself names none."""
    offices = offices_of(item, day, office_of, choices)
    return "\n".join(dict.fromkeys(f"{office.title}：{weekly_hours(office)}" for office in offices))


def addresses(offices: Sequence[Office], said: str) -> list[str]:
    """How to find and call the offices; what was said already is not said again."""
    lines = []
    for office in offices:
        address = phrase("office.address", address=office.address) if office.address not in said else None
        phone = phrase("office.phone", phone=office.phone) if office.phone and office.phone not in said else None
        known = "。".join(filter(None, (address, phone)))
        if known:
            lines.append(f"{office.title}：{known}" if len(offices) > 1 or office.title not in said else known)
    return lines


def source_line(source: Any) -> str:
    return "，".join(filter(None, (f"《{source.title}》", source.article, source.number)))
