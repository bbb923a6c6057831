"""我的投诉办到哪了: what has become of a case. What it says and does is in actions/complaints/status_dialogue.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions.applications.look_up import Person
from actions.complaints.status_dialogue import StatusDialogue
from actions.complaints.status_form import INTENT
from actions.complaints.status_state import FORM, Asked
from actions.form_turn import already_answered, masked
from actions.surroundings import surroundings
from actions.turn import occasion, remember, say, understood
from desk.case_confidence import CONFIDENTIAL
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.records import new_number

FOR_THE_FORM = (INTENT, "inform", "cancel")


class ValidateCaseStatusForm(Action):
    """Rasa runs it whenever the form is; it takes the message up, and ends the form by requesting no slot."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        intent = tracker.latest_message["intent"]["name"]
        if intent not in FOR_THE_FORM or already_answered(tracker):
            return []
        text, dialogue = await masked(tracker), dialogue_of(tracker)
        if intent == INTENT:
            step = await dialogue.begin(text)
        else:
            step = await dialogue.go_on(Asked.of_slots(tracker.slots), text)
        events: list[EventType] = [SlotSet(name, value) for name, value in step.asked.to_slots().items()]
        if step.answer is not None:
            events += tell(dispatcher, tracker, step.answer, step.choices)
        return [*events, SlotSet(REQUESTED_SLOT, None)] if step.over else events


class ActionAskCaseAnswer(Action):
    def name(self) -> str:
        return "action_ask_case_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if already_answered(tracker):
            return []
        return tell(dispatcher, tracker, dialogue_of(tracker).question(Asked.of_slots(tracker.slots)))


def dialogue_of(tracker: Tracker) -> StatusDialogue:
    who = Person(tracker.sender_id, tracker.get_latest_input_channel() or "")
    return StatusDialogue(surroundings(), who, occasion(tracker.latest_message.get("metadata") or {}))


def tell(
    dispatcher: CollectingDispatcher, tracker: Tracker, answer: Answer, choices: Sequence[str] = ()
) -> list[EventType]:
    """Say it, and remember what was said. What belongs to a report has no answer record."""
    secret = CONFIDENTIAL in answer.extra
    answer = replace(answer, release=understood(tracker).release, record=None if secret else new_number())
    say(dispatcher, answer, choices=choices)
    context = Context.from_slots(tracker.slots, tracker.latest_message.get("metadata"))
    return remember(tracker, replace(context, last_text=answer.text, misses=0, age=context.age + 1, offered=()))
