"""The wording of a unit's answer: from a release, never from anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge_base.answering.answer import Answer, Option, source_dict
from knowledge_base.answering.aspect_wording import chinese_date, has_aspect
from knowledge_base.answering.item_wording import word_aspect
from knowledge_base.answering.office_wording import IsWorkday, word_office
from knowledge_base.answering.phrases import aspect_name, phrase
from knowledge_base.model import Faq, Office, Package, Referral, ServiceItem, Unit
from knowledge_base.search.snapshot import Snapshot


@dataclass(frozen=True)
class Occasion:
    """When and for whom an answer is worded."""

    day: date
    is_workday: IsWorkday
    hotline: str
    office_name: str
    office_hours: str

    def fill(self) -> dict[str, str]:
        """What the assistant's own sentences may name."""
        return {"hotline": self.hotline, "office": self.office_name, "hours": self.office_hours}


def word(unit: Unit, aspect: str | None, confidence: float, snapshot: Snapshot, occasion: Occasion) -> Answer:
    """The answer that a unit gives to an aspect (None: in general)."""
    if not unit.in_force(occasion.day):
        return out_of_force(unit, aspect, confidence, snapshot, occasion)
    if isinstance(unit, ServiceItem):
        asked = aspect or "overview"
        text = word_aspect(unit, asked, occasion.day, lambda id: snapshot.get("office", id))
        if not text:
            text = missing(unit, asked, occasion)
        return stamped(unit, text, asked, confidence, snapshot)
    if isinstance(unit, Faq):
        return stamped(unit, unit.answer, aspect, confidence, snapshot)
    if isinstance(unit, Referral):
        return stamped(unit, word_referral(unit), aspect, confidence, snapshot)
    if isinstance(unit, Package):
        return stamped(unit, word_package(unit, snapshot), aspect, confidence, snapshot)
    assert isinstance(unit, Office)
    return stamped(unit, word_office(unit, occasion.day, occasion.is_workday), aspect, confidence, snapshot)


def stamped(unit: Unit, text: str, aspect: str | None, confidence: float, snapshot: Snapshot) -> Answer:
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
    )


def missing(unit: ServiceItem, aspect: str, occasion: Occasion) -> str:
    """Honest words for an aspect that the item does not hold."""
    dated = unit.aspects.contact
    contact = dated.on(occasion.day) if dated else None
    phone = contact.phone if contact and contact.phone else occasion.hotline
    return phrase("aspect_missing", title=unit.title, aspect=aspect_name(aspect), phone=phone)


def out_of_force(unit: Unit, aspect: str | None, confidence: float, snapshot: Snapshot, occasion: Occasion) -> Answer:
    """An expired unit is never answered from, and one not yet in force is announced as such."""
    fill = {**occasion.fill(), "title": unit.title}
    if unit.effective_from and occasion.day < unit.effective_from:
        text = phrase("coming", date=chinese_date(unit.effective_from), **fill)
        options: tuple[Option, ...] = ()
    else:
        assert unit.effective_to is not None
        successor = snapshot.get(unit.kind, unit.successor)
        date_ = chinese_date(unit.effective_to)
        if successor is not None:
            text = phrase("expired_successor", date=date_, successor=successor.title, **fill)
            options = (Option.of(successor),)
        else:
            text = phrase("expired", date=date_, **fill)
            options = ()
    return Answer(
        kind="fallback",
        text=text,
        id=unit.id,
        aspect=aspect,
        title=unit.title,
        confidence=confidence,
        release=snapshot.release,
        options=options,
    )


def word_referral(unit: Referral) -> str:
    lines = [
        unit.text,
        phrase("referral.body", body=unit.body),
        phrase("referral.phone", phone=unit.phone) if unit.phone else None,
        phrase("referral.hours", hours=unit.hours) if unit.hours else None,
        phrase("referral.channel", channel=unit.channel) if unit.channel else None,
    ]
    return "\n".join(filter(None, lines))


def word_package(unit: Package, snapshot: Snapshot) -> str:
    lines = [phrase("package.heading", title=unit.title)]
    for number, step in enumerate(unit.steps, 1):
        item = snapshot.get("item", step.item)
        title = item.title if item else step.item
        line = phrase("package.step", number=number, title=title)
        lines.append(f"{line}。{step.note}" if step.note else line)
    if unit.overview:
        lines.insert(1, unit.overview)
    return "\n".join(lines)


def answers_aspect(unit: Unit, aspect: str | None) -> bool:
    """Whether a unit can say something on an aspect."""
    return aspect is None or not isinstance(unit, ServiceItem) or has_aspect(unit, aspect)
