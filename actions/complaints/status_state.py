"""What the form about a filed case remembers from turn to turn; Rasa keeps it in a slot. No proof is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from actions.complaints.sentences import sentence

FORM, SLOT = "case_status_form", "case_status"


@dataclass(frozen=True)
class Asked:
    number: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """Numbers and titles of this conversation's own cases, as they were offered."""
    failures: int = 0
    """Answers in a row that led to nothing."""

    @property
    def awaits(self) -> Literal["number", "proof"]:
        return "number" if self.number is None else "proof"

    @classmethod
    def of_slots(cls, slots: Mapping[str, Any]) -> Asked:
        """Read the slot of a tracker; what is missing or malformed counts as not set."""
        raw = slots.get(SLOT)
        if not isinstance(raw, Mapping):
            return cls()
        return cls(
            raw.get("number"),
            tuple((number, title) for number, title in raw.get("choices") or ()),
            int(raw.get("failures") or 0),
        )

    def to_slots(self) -> dict[str, Any]:
        if self == Asked():
            return NOTHING
        return {
            SLOT: {"number": self.number, "choices": [list(one) for one in self.choices], "failures": self.failures}
        }

    def reminder(self) -> str:
        """What is still awaited, after something else was answered."""
        return sentence(f"state.waiting.{self.awaits}")


NOTHING: dict[str, Any] = {SLOT: None}
