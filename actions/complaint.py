"""投诉, 建议, 举报, 求助, 表扬: the form that takes them down; what it says and does is in complaints/dialogue.py.

Questions in the middle of it are answered by the ordinary actions. Nothing is filed here: that is an effect of the turn
(bot/effects.py), and happens when its replies are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions.complaints.dialogue import Dialogue, Step
from actions.complaints.draft import FORM, NOTHING, Draft
from actions.complaints.form import INTENT
from actions.form_turn import already_answered, masked
from actions.surroundings import surroundings
from actions.turn import LOCATION, occasion, remember, say, understood
from desk.case_confidence import CONFIDENTIAL
from desk.case_private import TOKEN
from knowledge_base.answering.context import Context
from knowledge_base.library import open_library
from knowledge_base.records import new_number

FOR_THE_FORM = (INTENT, "inform", "cancel")
ASKS_AGAIN = ("repeat", "empty", "more")
"""Kinds of talk by which somebody wants to hear the question again."""


class ValidateComplaintForm(Action):
    """Rasa runs it whenever the form is; it takes the message up, and ends the form by requesting no slot."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        intent = tracker.latest_message["intent"]["name"]
        if intent not in FOR_THE_FORM or already_answered(tracker):
            return []
        text, draft, dialogue = await masked(tracker), Draft.of_slots(tracker.slots), dialogue_of(tracker)
        place, kind = place_of(tracker.latest_message.get("metadata") or {}), understood(tracker).kind
        if intent == INTENT or draft is None:
            step = dialogue.begin(text, draft, Context.from_slots(tracker.slots))
        elif kind in ASKS_AGAIN and place is None and not TOKEN.search(text):
            step = dialogue.question(draft)
        else:
            step = await dialogue.go_on(draft, text, place, danger=kind == "emergency")
        return tell(dispatcher, tracker, step)


class ActionAskComplaintAnswer(Action):
    def name(self) -> str:
        return "action_ask_complaint_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        draft = Draft.of_slots(tracker.slots)
        if draft is None or already_answered(tracker):
            return []
        return tell(dispatcher, tracker, dialogue_of(tracker).question(draft))


def dialogue_of(tracker: Tracker) -> Dialogue:
    release = understood(tracker).release
    metadata = tracker.latest_message.get("metadata") or {}
    return Dialogue(surroundings(), tracker.sender_id, open_library().at(release), occasion(metadata))


def place_of(metadata: Mapping[str, Any]) -> str | None:
    """The place that a message is, in words; its coordinates where it has none."""
    place = metadata.get(LOCATION)
    if not isinstance(place, Mapping):
        return None
    return str(place.get("label") or "").strip() or f"{place.get('latitude')}, {place.get('longitude')}"


def tell(dispatcher: CollectingDispatcher, tracker: Tracker, step: Step) -> list[EventType]:
    """Say it, and remember it. What belongs to a report has no answer record, which more people may read."""
    secret = CONFIDENTIAL in step.answer.extra
    answer = replace(step.answer, release=understood(tracker).release, record=None if secret else new_number())
    say(dispatcher, answer, effects=step.effects, choices=step.choices)
    context = Context.from_slots(tracker.slots, tracker.latest_message.get("metadata"))
    context = replace(context, last_text=answer.text, misses=0, age=context.age + 1, offered=())
    slots = NOTHING if step.draft is None else step.draft.to_slots()
    events: list[EventType] = [*(SlotSet(name, value) for name, value in slots.items()), *remember(tracker, context)]
    return [*events, SlotSet(REQUESTED_SLOT, None)] if step.over else events
