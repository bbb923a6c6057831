"""What every ability does: read what was understood, have the knowledge base answer, say it, remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions.forms import FORMS, Form
from actions.handing_over.considering import consider
from actions.replies import reply
from foundation.clock import CHINA, SystemClock
from foundation.settings import get_settings
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import respond
from knowledge_base.answering.nearest_office import here
from knowledge_base.answering.occasion import Occasion, occasion_at
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.understanding import Understanding
from knowledge_base.editing.scope import department_of
from knowledge_base.library import open_library
from knowledge_base.search.snapshot import Snapshot

AS_OF = "as_of"
"""Message metadata: the day to answer for, set by our own commands only; citizens' channels never pass it on."""
PATIENCE = 3
"""After so many other answers in a row a form is left, without a word."""
LOCATION = "location"
"""Message metadata: where the citizen is, `{"latitude", "longitude", "label"}`, of a message that is a place."""


def occasion(metadata: Mapping[str, Any]) -> Occasion:
    """The day and the office that an answer is worded for."""
    as_of = metadata.get(AS_OF)
    now = SystemClock().now().astimezone(CHINA)
    day, time = (date.fromisoformat(as_of), None) if as_of else (now.date(), now.time())
    return replace(occasion_at(get_settings(), day, time), here=here(metadata.get(LOCATION)))


async def take_turn(dispatcher: CollectingDispatcher, tracker: Tracker, leaves: bool = False) -> list[EventType]:
    """Answer the latest message from the release on which it was understood, or hand the conversation over.

    In the middle of a form what it still awaits is said behind the answer; or the answer `leaves` the form, as it does
    when the citizen has gone over to other things, or to a person.
    """
    leaves = leaves or asides(tracker) >= PATIENCE
    said = understood(tracker)
    metadata = tracker.latest_message.get("metadata") or {}
    context = Context.from_slots(tracker.slots, metadata)
    snapshot = open_library().at(said.release)
    decided = respond(said, context, snapshot, occasion(metadata))
    turn, effects, events, choices = await consider(said, decided, tracker, metadata)
    leaves = leaves or turn.answer.kind == "handover"
    answer = with_parting(turn.answer, tracker) if leaves else with_reminder(turn.answer, tracker)
    say(dispatcher, answer, said.candidates, effects, choices, department_told(answer, snapshot))
    return [*remember(tracker, turn.context), *events, *(leave_form(tracker) if leaves else ())]


def understood(tracker: Tracker) -> Understanding:
    """The latest message as it was understood."""
    return Understanding.from_dict(tracker.latest_message["understanding"])


def say(
    dispatcher: CollectingDispatcher,
    answer: Answer,
    candidates: Sequence[Candidate] = (),
    effects: Sequence[Mapping[str, Any]] = (),
    choices: Sequence[str] = (),
    department: str | None = None,
) -> None:
    """Give an answer; without options it may have other `choices`. `department` answers for the unit it is about.

    The reply's `custom` is `{"answer": payload, "candidates": […], "effects": […], "department": …}`; all but the
    answer stays inside the house. Effects are what the turn brings about besides (bot/effects.py).
    """
    body = reply(answer, choices)
    dispatcher.utter_message(
        text=body["text"],
        buttons=body.get("buttons"),
        json_message={
            **body["custom"],
            "candidates": [
                {"kind": one.key.kind, "id": one.key.id, "confidence": round(one.confidence, 4)} for one in candidates
            ],
            "effects": [dict(one) for one in effects],
            "department": department,
        },
    )


def department_told(answer: Answer, snapshot: Snapshot) -> str | None:
    """The department that answers for the unit of an answer, or of the question back; None: no unit, or nobody's."""
    unit = snapshot.get("item" if answer.kind == "options" else answer.kind, answer.id)
    return (department_of(unit) or None) if unit is not None else None


def remember(tracker: Tracker, context: Context) -> list[EventType]:
    """The changes that make a conversation remember this."""
    before = Context.from_slots(tracker.slots).to_slots()
    return [SlotSet(name, value) for name, value in context.to_slots().items() if before[name] != value]


def with_reminder(answer: Answer, tracker: Tracker) -> Answer:
    """An answer in the middle of a form, and what is still awaited there."""
    form = FORMS.get(tracker.active_loop_name or "")
    if form is None:
        return answer
    return replace(answer, text=f"{answer.text}\n\n{form.reminder(tracker.slots)}")


def with_parting(answer: Answer, tracker: Tracker) -> Answer:
    """An answer that ends a form, and what becomes of that."""
    form = FORMS.get(tracker.active_loop_name or "")
    said = form.parting(left_slots(form, tracker)) if form is not None else ""
    return replace(answer, text=f"{answer.text}\n\n{said}") if said else answer


def asides(tracker: Tracker) -> int:
    """How many answers in a row were about other things than the form that is active."""
    if tracker.active_loop_name is None:
        return 0
    said = (event for event in reversed(tracker.events) if event.get("event") == "bot")
    answers = (((event.get("data") or {}).get("custom") or {}).get("answer") or {} for event in said)
    return sum(1 for _ in takewhile(lambda answer: answer.get("kind") != "form", answers))


def leave_form(tracker: Tracker) -> list[EventType]:
    """End a form for what cannot wait."""
    form = FORMS.get(tracker.active_loop_name or "")
    if form is None:
        return []
    left = [SlotSet(name, value) for name, value in left_slots(form, tracker).items()]
    return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None), *left]


def left_slots(form: Form, tracker: Tracker) -> dict[str, Any]:
    """What the slots of a form are once this message has ended it."""
    urgent = understood(tracker).kind == "emergency"
    return form.left(tracker.slots, (tracker.latest_message["text"] or "") if urgent else "")
