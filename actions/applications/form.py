"""Which messages are for the form about an application, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from actions.applications.hearing import hear
from actions.applications.numbers import only_a_number, plainly_a_number
from actions.applications.state import FORM, State, reminder

if TYPE_CHECKING:
    from actions.forms import Intent, Written

REPLIES = ("choose", "affirm", "deny", "empty")
"""Kinds of talk by which somebody answers a form without saying what it waits for: it asks again."""
ASKING = ("ask", "ask_office", "correct")


class ApplicationForm:
    name = FORM

    def begun_by(self, message: Written) -> str | None:
        return "status" if plainly_a_number(message.text) else None

    def is_plain(self, message: Written) -> bool:
        return only_a_number(message.text)

    def intent(self, message: Written) -> Intent | None:
        state, said = State.of_slots(message.slots), message.said
        heard = hear(message.text, state.number, state.choices.titles if state.choices else ())
        if heard.leaves:
            return "cancel"
        if said.chosen is not None:
            return None  # of what was offered for a question in the middle
        if heard.number or heard.proof or heard.wants or heard.choice is not None:
            return "inform"
        answers = said.kind in REPLIES or (said.kind == "repeat" and message.again)
        return "inform" if answers or (heard.tries and said.kind not in ASKING) else None

    def reminder(self, slots: Mapping[str, Any]) -> str:
        return reminder(State.of_slots(slots))

    def parting(self, slots: Mapping[str, Any]) -> str:
        return ""

    def left(self, slots: Mapping[str, Any], text: str) -> dict[str, Any]:
        return State().to_slots()
