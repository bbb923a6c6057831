"""A case before it is filed: what the form has been told so far. Rasa keeps it in a slot; it holds no identifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from desk.case_rules import KINDS

FORM, SLOT = "complaint_form", "complaint"
KEPT = timedelta(hours=24)
"""For so long what was begun is gone on with."""
MOST = 4000
"""Characters of the matter."""

Part = Literal["kind", "what", "where", "when", "contact"]
Step = Literal["kind", "what", "where", "when", "contact", "more", "which", "summary"]

ASKS: Mapping[str, tuple[Part, ...]] = {
    "complaint": ("where", "when"),
    "report": ("where", "when"),
    "help": ("where",),
    "suggestion": (),
    "praise": (),
}
"""What is asked of each kind besides the matter and a contact."""

CIRCUMSTANCES = ("where", "when", "contact")
"""Steps at which a few words are waited for, and may be left out."""


@dataclass(frozen=True)
class Draft:
    number: str
    """Under which it will be filed: however often that is done, it is one case."""
    begun: float = 0.0
    """Seconds, epoch."""
    kind: str | None = None
    opening: str = ""
    """What was said with the first wish, where that tells only whom it is about."""
    what: str = ""
    where: str | None = None
    """None: not asked yet. Empty: nothing was said."""
    when: str | None = None
    contact: str | None = None
    """The token of a telephone number or an address."""
    changing: str | None = None
    """The part that is being said anew, `more` for an addition, or `which` while that is asked."""
    failures: int = 0
    """Answers in a row that led to nothing."""
    topic: dict[str, Any] | None = None
    """The service that was spoken of before: `{kind, id, title}`."""

    @property
    def awaits(self) -> Step:
        """What the next message is to tell."""
        if self.changing:
            return self.changing  # type: ignore[return-value]
        if self.kind is None:
            return "kind"
        if not self.what:
            return "what"
        for part in ASKS[self.kind]:
            if getattr(self, part) is None:
                return part
        return "contact" if self.contact is None else "summary"

    @property
    def confidential(self) -> bool:
        return self.kind == "report"

    @property
    def matter(self) -> str:
        """All that was said of it."""
        return joined(self.opening, self.what)

    def alive(self, now: datetime) -> bool:
        """Whether it says something, and is not of another day's conversation."""
        return bool(self.matter) and now.timestamp() - self.begun < KEPT.total_seconds()

    @classmethod
    def of_slots(cls, slots: Mapping[str, Any]) -> Draft | None:
        """Read the slot of a tracker; None where there is none, or anything else."""
        raw = slots.get(SLOT)
        names = {one.name for one in fields(cls)}
        if not isinstance(raw, Mapping) or not isinstance(raw.get("number"), str):
            return None
        draft = cls(**{name: value for name, value in raw.items() if name in names})
        return draft if draft.kind is None or draft.kind in KINDS else None

    def to_slots(self) -> dict[str, Any]:
        return {SLOT: {name: value for name, value in asdict(self).items() if value not in (None, 0)}}


NOTHING: dict[str, Any] = {SLOT: None}
"""The slot of a conversation that has no draft."""


def joined(first: str, second: str) -> str:
    """Two texts as one, with a mark between them."""
    if not first or not second:
        return (first or second)[:MOST]
    return f"{first}{'' if first[-1] in '。！？!?…；;，,：:' else '。'}{second}"[:MOST]
