"""An answer: what is said, and the payload that says where it comes from (docs/architecture.md, "The answer")."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from knowledge_base.model import Source, Unit


@dataclass(frozen=True)
class Option:
    """Something the citizen may choose: a unit (item, faq …) or a situation of one."""

    title: str
    id: str
    kind: str
    further: tuple[str, ...] = ()
    """Aspects that were asked for in the same message, and are told as well when this is chosen; no part of answers."""

    def to_dict(self) -> dict[str, str]:
        return {"title": self.title, "id": self.id, "kind": self.kind}

    @classmethod
    def of(cls, unit: Unit) -> Option:
        return cls(unit.title, unit.id, unit.kind)


@dataclass(frozen=True)
class Answer:
    """One answer. `kind` is one of the fixed kinds of the payload; absent values are None or empty."""

    kind: str
    text: str
    id: str | None = None
    item_id: str | None = None
    aspect: str | None = None
    title: str | None = None
    confidence: float = 0.0
    release: int = 0
    record: str | None = None
    verified_on: str | None = None
    sources: tuple[dict[str, Any], ...] = ()
    options: tuple[Option, ...] = ()
    also: tuple[dict[str, Any], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """The `custom.answer` of a reply."""
        return {
            "kind": self.kind,
            "id": self.id,
            "item_id": self.item_id,
            "aspect": self.aspect,
            "title": self.title,
            "confidence": round(self.confidence, 4),
            "release": self.release,
            "record": self.record,
            "verified_on": self.verified_on,
            "sources": list(self.sources),
            "options": [option.to_dict() for option in self.options],
            "also": list(self.also),
            **self.extra,
        }

    def with_record(self, number: str) -> Answer:
        return replace(self, record=number)


def listed(heading: str, options: tuple[Option, ...]) -> str:
    """A heading and the options by number."""
    return "\n".join((heading, *(f"{number}. {option.title}" for number, option in enumerate(options, 1))))


def source_dict(source: Source) -> dict[str, Any]:
    """A source as the payload shows it."""
    return {
        "title": source.title,
        "article": source.article,
        "number": source.number,
        "url": source.url,
        "date": source.date.isoformat() if source.date else None,
    }
