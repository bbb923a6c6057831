"""The forms: conversations about one matter, of which Rasa knows only that one is active.

Which messages are for a form is told by the form itself; whatever is not is answered by the ordinary actions, and the
form waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from actions.applications.form import ApplicationForm
from actions.complaints.form import ComplaintForm
from actions.complaints.status_form import CaseStatusForm
from knowledge_base.answering.understanding import Understanding

Intent = Literal["inform", "cancel"]
"""Only while a form is active: what it waits for, and 算了."""


class Written(NamedTuple):
    """A citizen's message, before any action has seen it."""

    text: str
    """Masked."""
    said: Understanding
    slots: Mapping[str, Any]
    """What the conversation remembers."""
    again: bool = False
    """Whether what was said last, and may be asked for once more, is a form's."""
    is_place: bool = False
    """Whether it is a place, sent from the map."""


class Form(Protocol):
    name: str
    """Rasa's, as in domain.yml."""

    def begun_by(self, message: Written) -> str | None:
        """The intent by which a message begins this form whatever it sounds like, while none is active."""

    def is_plain(self, message: Written) -> bool:
        """Whether a message is what the form waits for, though it sounds like an emergency or the wish for a person."""

    def intent(self, message: Written) -> Intent | None:
        """The intent of a message while the form is active; None for one that is not for it."""

    def reminder(self, slots: Mapping[str, Any]) -> str:
        """What is still awaited, after something else was answered."""

    def parting(self, slots: Mapping[str, Any]) -> str:
        """What is said when something more urgent has ended it; mostly nothing. `slots` as `left` makes them."""

    def left(self, slots: Mapping[str, Any], text: str) -> dict[str, Any]:
        """What the slots of the form are once it was left.

        Args:
            text: the message that was taken for an emergency, and may be what the form waits for all the same.
        """


FORMS: dict[str, Form] = {one.name: one for one in (CaseStatusForm(), ApplicationForm(), ComplaintForm())}
"""A message that may begin several begins the first."""
