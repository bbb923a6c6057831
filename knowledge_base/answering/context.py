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
        offered = slots.get("offered")
        misses = slots.get("misses")
        return cls(
            topic_kind=slots.get("topic_kind"),
            topic_id=slots.get("topic_id"),
            aspect=slots.get("aspect"),
            offered=tuple(filter(None, map(option_of, offered if isinstance(offered, (list, tuple)) else ()))),
            misses=misses if isinstance(misses, int) else 0,
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


def option_of(raw: Any) -> Option | None:
    """An option as `to_slots` wrote it; None for anything else."""
    if not isinstance(raw, Mapping) or not {"title", "id", "kind"} <= raw.keys():
        return None
    return Option(raw["title"], raw["id"], raw["kind"])
