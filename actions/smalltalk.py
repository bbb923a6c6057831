"""Greetings, thanks, who are you, what can you do. A farewell ends a form too."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import take_turn


class ActionSmalltalk(Action):
    def name(self) -> str:
        return "action_smalltalk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return await take_turn(dispatcher, tracker, leaves=tracker.latest_message["intent"]["name"] == "goodbye")
