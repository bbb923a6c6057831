"""What the form about an application remembers from turn to turn; Rasa keeps it in slots. No proof is among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from actions.applications.sentences import sentence
from actions.portal.portal import Portal

FORM = "application_status_form"


@dataclass(frozen=True)
class Code:
    """A one-time code: asked for, and once it was sent, its request and when it may be sent again (seconds, epoch)."""

    request: str | None = None
    again_at: float = 0.0


@dataclass(frozen=True)
class Choices:
    """What a signed-in person may choose from: titles, and the numbers, sealed."""

    titles: tuple[str, ...]
    sealed: str


@dataclass(frozen=True)
class State:
    number: str | None = None
    """As the citizen wrote it, or the token that stands for it."""
    proof: str | None = None
    """The token of a proof that came before the number."""
    code: Code | None = None
    failures: int = 0
    """Answers in a row that led to nothing."""
    choices: Choices | None = None

    @property
    def awaits(self) -> Literal["number", "proof", "code"]:
        if self.number is None:
            return "number"
        return "proof" if self.code is None else "code"

    @classmethod
    def of_slots(cls, slots: Mapping[str, Any]) -> State:
        """Read the slots of a tracker; what is missing or malformed counts as not set."""
        code, choices = slots.get("application_code"), slots.get("application_choices")
        failures = slots.get("application_failures")
        return cls(
            number=_text(slots.get("application_number")),
            proof=_text(slots.get("application_proof")),
            code=Code(_text(code.get("request")), float(code.get("again_at") or 0)) if isinstance(code, dict) else None,
            failures=failures if isinstance(failures, int) else 0,
            choices=Choices(tuple(choices["titles"]), choices["sealed"]) if isinstance(choices, dict) else None,
        )

    def to_slots(self) -> dict[str, Any]:
        """All of the form's slots; those of `State()` forget everything."""
        return {
            "application_number": self.number,
            "application_proof": self.proof,
            "application_code": vars(self.code) if self.code else None,
            "application_failures": self.failures or None,
            "application_choices": {"titles": list(self.choices.titles), "sealed": self.choices.sealed}
            if self.choices
            else None,
        }


def _text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) else None


def question(state: State, portal: Portal) -> str:
    """What is asked for next."""
    if state.awaits == "proof" and not portal.offers("with_last_four"):
        return sentence("ask_proof_by_code")
    if state.awaits == "proof" and not portal.offers("send_code"):
        return sentence("ask_proof_without_code")
    return sentence(f"ask_{state.awaits}")


def reminder(state: State) -> str:
    """What is still awaited, after something else was answered."""
    return sentence(f"waiting_{state.awaits}")
