"""What a conversation remembers from turn to turn; Rasa keeps it in slots of the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from knowledge_base.answering.answer import Option


@dataclass(frozen=True)
class Context:
    topic_kind: str | None = None
    topic_id: str | None = None
    """The unit last spoken of."""
    aspect: str | None = None
    """The aspect last asked for, also when it was answered by options."""
    offered: tuple[Option, ...] = ()
    """What the last turn let the citizen choose from."""
    misses: int = 0
    """Questions in a row that were not understood."""
    region: str | None = None
    last_text: str | None = None
    """What was said last, to say it again."""

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Context:
        """Read the slots of a tracker; what is missing or malformed counts as not set."""
        offered = slots.get("offered") or ()
        return cls(
            topic_kind=slots.get("topic_kind"),
            topic_id=slots.get("topic_id"),
            aspect=slots.get("aspect"),
            offered=tuple(Option(one["title"], one["id"], one["kind"]) for one in offered if isinstance(one, Mapping)),
            misses=int(slots.get("misses") or 0),
            region=slots.get("region"),
            last_text=slots.get("last_text"),
        )

    def to_slots(self) -> dict[str, Any]:
        return {
            "topic_kind": self.topic_kind,
            "topic_id": self.topic_id,
            "aspect": self.aspect,
            "offered": [option.to_dict() for option in self.offered] or None,
            "misses": self.misses or None,
            "region": self.region,
            "last_text": self.last_text,
        }
