"""What every ability does: read what was understood, have the knowledge base answer, say it, remember."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from foundation.calendar import work_calendar
from foundation.clock import CHINA, SystemClock
from foundation.settings import get_settings
from knowledge_base.answering.context import Context
from knowledge_base.answering.engine import respond
from knowledge_base.answering.nearest_office import here
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion
from knowledge_base.library import open_library
from knowledge_base.regions import open_regions

AS_OF = "as_of"
"""Message metadata: the day to answer for, set by our own commands only; citizens' channels never pass it on."""
LOCATION = "location"
"""Message metadata: where the citizen is, `{"latitude", "longitude", "label"}`, of a message that is a place."""


def occasion(metadata: Mapping[str, Any]) -> Occasion:
    """The day and the office that an answer is worded for."""
    settings = get_settings()
    as_of = metadata.get(AS_OF)
    now = SystemClock().now().astimezone(CHINA)
    return Occasion(
        day=date.fromisoformat(as_of) if as_of else now.date(),
        is_workday=work_calendar().is_workday,
        hotline=settings.hotline,
        office_name=settings.office_name,
        office_hours=settings.office_hours,
        regions=open_regions(),
        now=None if as_of else now.time(),
        holiday_name=work_calendar().holiday_name,
        here=here(metadata.get(LOCATION)),
    )


def take_turn(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Answer the latest message from the release on which it was understood.

    The reply's `custom` is `{"answer": payload, "candidates": […]}`; the candidates stay inside the house.
    """
    message = tracker.latest_message
    said = Understanding.from_dict(message["understanding"])
    metadata = message.get("metadata") or {}
    context = Context.from_slots(tracker.slots, metadata)
    snapshot = open_library().at(said.release)
    turn = respond(said, context, snapshot, occasion(metadata))
    candidates = [
        {"kind": one.key.kind, "id": one.key.id, "confidence": round(one.confidence, 4)} for one in said.candidates
    ]
    buttons = [{"title": option.title, "payload": option.title} for option in turn.answer.options]
    dispatcher.utter_message(
        text=turn.answer.text,
        buttons=buttons,
        json_message={"answer": turn.answer.payload(), "candidates": candidates},
    )
    before = Context.from_slots(tracker.slots).to_slots()
    return [SlotSet(name, value) for name, value in turn.context.to_slots().items() if before[name] != value]
