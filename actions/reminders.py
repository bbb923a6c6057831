"""办好了告诉我, and 不用提醒了: to be told of an application's news, or not any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.applications import news, reminders
from actions.applications.reminders import Result
from actions.applications.sentences import sentence
from actions.applications.watching import first_look
from actions.portal.absent import can_look
from actions.surroundings import surroundings
from actions.turn import remember, say, understood, with_reminder
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.records import new_number


class ActionRemind(Action):
    def name(self) -> str:
        return "action_remind"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        here, now = surroundings(), surroundings().clock.now()
        next_at = first_look(here.settings.reminder_minutes, now)
        result, reminder = await here.write(
            lambda tx: reminders.subscribe(tx, here.cipher, tracker.sender_id, now, next_at)
        )
        if result is Result.NOTHING and not here.portal.offers("watched"):
            result = Result.NOT_OFFERED
        text = sentence(
            f"reminder_{result.value}" if can_look(here.portal) or reminder is not None else "no_portal",
            title=(reminder and reminder.title) or sentence("nameless"),
            hotline=here.settings.hotline,
        )
        answer = Answer("smalltalk", text) if reminder is None else news.about(reminder, text)
        return _told(dispatcher, tracker, answer)


class ActionStopReminding(Action):
    def name(self) -> str:
        return "action_stop_reminding"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        here, now = surroundings(), surroundings().clock.now()
        said = str(tracker.latest_message.get("text") or "")
        stopped = await here.write(lambda tx: reminders.stop(tx, here.cipher, tracker.sender_id, said, now))
        text = sentence("reminder_off" if stopped else "reminder_none")
        return _told(dispatcher, tracker, Answer("smalltalk", text))


def _told(dispatcher: CollectingDispatcher, tracker: Tracker, answer: Answer) -> list[EventType]:
    """Give the answer under a number, and remember it for 再说一遍; a form that is active goes on."""
    answer = replace(with_reminder(answer, tracker), release=understood(tracker).release, record=new_number())
    say(dispatcher, answer)
    context = Context.from_slots(tracker.slots, tracker.latest_message.get("metadata"))
    return remember(tracker, replace(context, last_text=answer.text, misses=0, age=context.age + 1, offered=()))
