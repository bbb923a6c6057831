"""What the help desk asked for: a phone number to call back, and a score (咨询满意度)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.handing_over.hearing import AWAITS_CONTACT, AWAITS_SCORE, contact, score
from actions.surroundings import surroundings
from actions.turn import remember, say, understood, with_reminder
from desk.hours import desk_hours
from desk.notices import moment, notice
from desk.ratings import BAD
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.records import new_number


class ActionLeaveContact(Action):
    def name(self) -> str:
        return "action_leave_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        about, text = tracker.slots[AWAITS_CONTACT], str(tracker.latest_message["text"])
        due = await due_after(surroundings().settings.desk_callback_minutes)
        effect = {"do": "callback", "contact": contact(text), "said": text, "due_at": due.isoformat(), **about}
        said = notice("contact_noted", by=moment(due, surroundings().clock.now()))
        answer = Answer("form", said, id="callback", confidence=1.0)
        return [*tell(dispatcher, tracker, answer, effect), SlotSet(AWAITS_CONTACT, None)]


class ActionRate(Action):
    def name(self) -> str:
        return "action_rate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        about, given = tracker.slots[AWAITS_SCORE], score(str(tracker.latest_message["text"])) or 0
        due = await due_after(surroundings().settings.desk_rating_minutes)
        title = Context.from_slots(tracker.slots).topic_title or ""
        rated = {"handover": about.get("handover"), "subject": about.get("subject") or ""}
        effect = {"do": "rate", "score": given, "due_at": due.isoformat(), "title": title, **rated}
        events: list[EventType] = [SlotSet(AWAITS_SCORE, {**about, "open": False})]
        text = notice("rated")
        if given <= BAD:
            text = notice("rated_badly", by=moment(due, surroundings().clock.now()))
            events.append(SlotSet(AWAITS_CONTACT, {"rating": rated}))
        return [*tell(dispatcher, tracker, Answer("smalltalk", text, confidence=1.0), effect), *events]


async def due_after(minutes: float) -> datetime:
    """The instant when the desk has been open for so many minutes from now on."""
    here = surroundings()
    return await here.read(lambda tx: desk_hours(tx, here.settings).after(here.clock.now(), minutes))


def tell(dispatcher: CollectingDispatcher, tracker: Tracker, answer: Answer, effect: dict[str, Any]) -> list[EventType]:
    """Say it under a number, and remember it; a form that is active goes on."""
    answer = replace(with_reminder(answer, tracker), release=understood(tracker).release, record=new_number())
    say(dispatcher, answer, effects=[effect])
    context = Context.from_slots(tracker.slots, tracker.latest_message.get("metadata"))
    return remember(tracker, replace(context, last_text=answer.text, misses=0, age=context.age + 1, offered=()))
