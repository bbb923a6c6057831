"""The form that finds out where an application stands. What it says and does is in actions/applications/dialogue.py.

Questions in the middle of it are answered by the ordinary actions: the form takes no message that is not for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions.applications.dialogue import FORM_ID, Dialogue
from actions.applications.hearing import hear
from actions.applications.look_up import Person
from actions.applications.state import FORM, State, question
from actions.form_turn import already_answered, masked
from actions.surroundings import surroundings
from actions.turn import occasion, remember, say, understood
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.library import open_library
from knowledge_base.records import new_number

BEGINNING = ("status", "mine")
FOR_THE_FORM = (*BEGINNING, "inform", "cancel")
"""Intents; bot/components/understanding.py gives the last two only while the form is active."""


class ValidateApplicationStatusForm(Action):
    """Rasa runs it whenever the form is; it takes the message up, and ends the form by requesting no slot."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        intent = tracker.latest_message["intent"]["name"]
        if intent not in FOR_THE_FORM or already_answered(tracker):
            return []
        said = understood(tracker)
        metadata = tracker.latest_message.get("metadata") or {}
        who = Person(tracker.sender_id, tracker.get_latest_input_channel() or "")
        dialogue = Dialogue(surroundings(), who, open_library().at(said.release), occasion(metadata))
        text = await masked(tracker)
        if intent in BEGINNING:
            step = await dialogue.begin(hear(text), "mine" if intent == "mine" else "status")
        else:
            state = State.of_slots(tracker.slots)
            titles = state.choices.titles if state.choices else ()
            step = await dialogue.go_on(state, hear(text, state.number, titles))
        events: list[EventType] = [SlotSet(name, value) for name, value in step.state.to_slots().items()]
        if step.answer is not None:
            events += tell(dispatcher, tracker, step.answer)
        return [*events, SlotSet(REQUESTED_SLOT, None)] if step.over else events


class ActionAskApplicationNumber(Action):
    def name(self) -> str:
        return "action_ask_application_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return ask(dispatcher, tracker)


class ActionAskApplicationProof(Action):
    def name(self) -> str:
        return "action_ask_application_proof"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return ask(dispatcher, tracker)


def ask(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Ask for what the form awaits, unless this turn has said so already, or has answered something else."""
    if already_answered(tracker):
        return []
    text = question(State.of_slots(tracker.slots), surroundings().portal)
    return tell(dispatcher, tracker, Answer("form", text, id=FORM_ID, confidence=1.0))


def tell(dispatcher: CollectingDispatcher, tracker: Tracker, answer: Answer) -> list[EventType]:
    """Say it, and remember what was said; of a service that the knowledge base has, 那要多少钱 may follow."""
    release = understood(tracker).release
    answer = replace(answer, release=release, record=new_number())
    say(dispatcher, answer)
    context = Context.from_slots(tracker.slots, tracker.latest_message.get("metadata"))
    context = replace(context, last_text=answer.text, misses=0, age=context.age + 1, offered=())
    if answer.item_id is not None:
        title = answer.also[0]["title"] if answer.also else None
        context = replace(
            context, topic_kind="item", topic_id=answer.item_id, topic_title=title, aspect=None, question=None, age=0
        )
    return remember(tracker, context)
