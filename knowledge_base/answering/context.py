"""What a conversation remembers from turn to turn; Rasa keeps it in slots of the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge_base.answering.answer import Option

FRESH = 4
"""For so many turns without it a topic may still be meant by 那多少钱."""
EARLIER = 3


@dataclass(frozen=True)
class Context:
    topic_kind: str | None = None
    topic_id: str | None = None
    """The unit last spoken of."""
    topic_title: str | None = None
    aspect: str | None = None
    """The aspect last asked for, also when it was answered by options."""
    question: str | None = None
    """The last question that named what it is about, for those that lean on it."""
    age: int = 0
    """Turns since the topic was last spoken of."""
    earlier: tuple[tuple[str, str], ...] = ()
    """Kind and id of the topics before, latest first."""
    offered: tuple[Option, ...] = ()
    """What the last turn let the citizen choose from."""
    misses: int = 0
    """Questions in a row that were not understood."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What is known of the citizen's situation in the topic: situation id → option id."""
    region: str | None = None
    """The citizen's administrative division, once it is known."""
    last_text: str | None = None
    """What was said last, to say it again."""

    @property
    def fresh(self) -> bool:
        """Whether what was spoken of may still be meant by a message that names nothing."""
        return self.age <= FRESH

    @property
    def spoken_of(self) -> tuple[tuple[str, str], ...]:
        """The topic and those before it, latest first."""
        here = ((self.topic_kind, self.topic_id),) if self.topic_kind and self.topic_id else ()
        return (*here, *self.earlier)[: EARLIER + 1]

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Context:
        """Read the slots of a tracker; what is missing or malformed counts as not set.

        Args:
            metadata: of the message; its `region` holds until the citizen names another.
        """
        return cls(
            topic_kind=slots.get("topic_kind"),
            topic_id=slots.get("topic_id"),
            topic_title=slots.get("topic_title"),
            aspect=slots.get("aspect"),
            question=slots.get("question"),
            age=number(slots.get("age")),
            earlier=tuple((one[0], one[1]) for one in listed(slots.get("earlier")) if is_pair(one)),
            offered=tuple(filter(None, map(option_of, listed(slots.get("offered"))))),
            misses=number(slots.get("misses")),
            choices=texts(slots.get("choices")),
            region=slots.get("region") or (metadata or {}).get("region"),
            last_text=slots.get("last_text"),
        )

    def to_slots(self) -> dict[str, Any]:
        return {
            "topic_kind": self.topic_kind,
            "topic_id": self.topic_id,
            "topic_title": self.topic_title,
            "aspect": self.aspect,
            "question": self.question,
            "age": self.age or None,
            "earlier": [list(one) for one in self.earlier] or None,
            "offered": [remembered(option) for option in self.offered] or None,
            "misses": self.misses or None,
            "choices": dict(self.choices) or None,
            "region": self.region,
            "last_text": self.last_text,
        }


def listed(raw: Any) -> Any:
    return raw if isinstance(raw, list | tuple) else ()


def texts(raw: Any) -> dict[str, str]:
    pairs = raw.items() if isinstance(raw, Mapping) else ()
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


def number(raw: Any) -> int:
    return raw if isinstance(raw, int) else 0


def is_pair(raw: Any) -> bool:
    return isinstance(raw, list | tuple) and len(raw) == 2 and all(isinstance(part, str) for part in raw)


def remembered(option: Option) -> dict[str, Any]:
    further = {"further": list(option.further)} if option.further else {}
    return {**option.to_dict(), **further}


def option_of(raw: Any) -> Option | None:
    """An option as `to_slots` wrote it; None for anything else."""
    if not isinstance(raw, Mapping) or not {"title", "id", "kind"} <= raw.keys():
        return None
    further = tuple(aspect for aspect in listed(raw.get("further")) if isinstance(aspect, str))
    return Option(raw["title"], raw["id"], raw["kind"], further)
