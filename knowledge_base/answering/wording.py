"""The wording of a unit's answer: from a release, never from anywhere else."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge_base.answering.answer import Answer, Option, source_dict
from knowledge_base.answering.aspect_wording import aspect_body, has_aspect
from knowledge_base.answering.days import asked_days
from knowledge_base.answering.files import with_files
from knowledge_base.answering.item_answer import item_text
from knowledge_base.answering.occasion import Occasion as Occasion
from knowledge_base.answering.office_wording import word_office
from knowledge_base.answering.opening_days import Opening
from knowledge_base.answering.package_wording import asked_of, options_of, word_package
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.answering.published import Published
from knowledge_base.answering.situations import NOTHING
from knowledge_base.answering.validity import announced, out_of_force
from knowledge_base.model import Faq, Office, Package, Referral, ServiceItem, Unit
from knowledge_base.model.values import Choices

PAYS_OUT = "行政给付"
CHARGE = re.compile("收费|收钱|交钱|花钱|要钱|费用|手续费|工本费")
"""Who asks 津贴多少钱 without one of these wants to know what is paid out: the overview says what is known of it."""


def word(
    unit: Unit,
    aspect: str | None,
    confidence: float,
    snapshot: Published,
    occasion: Occasion,
    choices: Choices = NOTHING,
) -> Answer:
    """The answer that a unit gives to an aspect (None: in general).

    Args:
        choices: what is known of the citizen's situation in this item.
    """
    if not unit.in_force(occasion.day):
        return out_of_force(unit, aspect, confidence, snapshot, occasion)
    if isinstance(unit, ServiceItem):
        answer = word_item(unit, aspect or "overview", confidence, snapshot, occasion, choices)
    else:
        aspect = asked_of(aspect, occasion.asked) if isinstance(unit, Package) else aspect
        text, options = plain_text(unit, aspect, snapshot, occasion)
        answer = stamped(unit, text, aspect, confidence, snapshot, options)
    answer = with_files(answer, unit, occasion)
    later = announced(unit, occasion.day, snapshot)
    return replace(answer, text=f"{answer.text}\n{later}") if later else answer


def word_item(
    unit: ServiceItem, aspect: str, confidence: float, snapshot: Published, occasion: Occasion, choices: Choices
) -> Answer:
    """Told, or the situation asked first, or honestly not held."""
    text, options = item_text(unit, aspect, snapshot, occasion, choices)
    if text and aspect == "fee" and unit.nature == PAYS_OUT and not CHARGE.search(occasion.asked):
        text = f"{text}\n{aspect_body(unit, 'overview', occasion.day, choices)}".strip()
    answer = stamped(unit, text or missing(unit, aspect, occasion), aspect, confidence, snapshot, options)
    return replace(answer, kind="options") if options else answer


def plain_text(
    unit: Unit, aspect: str | None, snapshot: Published, occasion: Occasion
) -> tuple[str, tuple[Option, ...]]:
    """What every other kind of unit says, and what may be chosen next."""
    if isinstance(unit, Faq):
        return unit.answer, ()
    if isinstance(unit, Referral):
        return word_referral(unit), ()
    if isinstance(unit, Package):
        text = word_package(unit, aspect, snapshot, occasion) or word_package(unit, None, snapshot, occasion)
        return text, options_of(unit, snapshot, occasion)
    assert isinstance(unit, Office)
    opening = Opening(unit, occasion.day, occasion.is_workday, occasion.holiday_name)
    days = opening.lines(asked_days(occasion.asked, occasion.day), occasion.now)
    return word_office(unit, occasion.day, occasion.is_workday, days, aspect), ()


def stamped(
    unit: Unit, text: str, aspect: str | None, confidence: float, snapshot: Published, options: tuple[Option, ...] = ()
) -> Answer:
    """An answer with its unit's provenance."""
    return Answer(
        kind=unit.kind,
        text=text,
        id=unit.id,
        item_id=unit.item if isinstance(unit, Faq) else None,
        aspect=aspect,
        title=unit.title,
        confidence=confidence,
        release=snapshot.release,
        verified_on=unit.verified_on.isoformat() if unit.verified_on else None,
        sources=tuple(source_dict(source) for source in unit.sources),
        options=options,
    )


def missing(unit: ServiceItem, aspect: str, occasion: Occasion) -> str:
    """Honest words for an aspect that the item does not hold."""
    dated = unit.aspects.contact
    contact = dated.on(occasion.day) if dated else None
    phone = contact.phone if contact and contact.phone else occasion.hotline
    return phrase("aspect_missing", title=unit.title, aspect=aspect_name(aspect), phone=phone)


def word_referral(unit: Referral) -> str:
    lines = [
        unit.text,
        phrase("referral.body", body=unit.body),
        phrase("referral.phone", phone=unit.phone) if unit.phone else None,
        phrase("referral.hours", hours=unit.hours) if unit.hours else None,
        phrase("referral.channel", channel=unit.channel) if unit.channel else None,
    ]
    return "\n".join(filter(None, lines))


def answers_aspect(unit: Unit, aspect: str | None) -> bool:
    """Whether a unit can say something on an aspect."""
    return aspect is None or not isinstance(unit, ServiceItem) or has_aspect(unit, aspect)
