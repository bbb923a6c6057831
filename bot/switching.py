"""What switches make of a turn: silenced, a person is offered in its place; or a notice goes before its answer.

It is done to the finished turn, in the transaction that commits it: so it holds for all that the robot does, on all
channels, from the next turn on. Nothing is ever lost: emergencies are answered, and whatever a citizen hands over to
the office (a complaint, a phone number, the wish for a person) is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from sqlalchemy.engine import Connection

from actions.handing_over.desk_now import desk_now
from actions.handing_over.hearing import AWAITS_CONTACT
from actions.handing_over.sentences import sentence
from bot.assistant import TurnResult
from foundation import switches
from foundation.inbox import Incoming
from foundation.settings import Settings
from foundation.switches import ALL, NOTICE, OFF, Switch, of_channel, of_item
from knowledge_base import records
from knowledge_base.answering.answer import Answer
from knowledge_base.library import open_library
from knowledge_base.model import Package
from knowledge_base.records import new_number

NEVER_SILENCED = ("emergency", "handover", "complaint")
FOR_THE_OFFICE = ("complaint", "callback")
"""Forms whose steps go on."""
NOTICED = ("item", "faq", "package", "referral", "office", "options", "status", "fallback")
"""Answers that a notice goes before; to who greets it is not told."""

LAST_TEXT = "last_text"
"""The slot (knowledge_base.answering.context) with what 再说一遍 gets: not what was silenced."""

Payload = Mapping[str, Any]


def switched(tx: Connection, message: Incoming, result: TurnResult, settings: Settings, now: datetime) -> TurnResult:
    """The turn as the switches that are in force leave it."""
    found = switches.in_force(tx, now)
    if not found:
        return result
    answer: Payload = result.replies[-1]["custom"]["answer"]
    items = items_in(answer) or items_repeated(tx, message, result)
    mine = [one for one in found if one.scope in {ALL, of_channel(message.channel), *map(of_item, items)}]
    silencing = next((one for one in mine if one.mode == OFF), None)
    if silencing is not None and may_be_silenced(answer, result):
        return silenced(tx, message, result, silencing, settings, now)
    notices = [one.text for one in mine if one.mode == NOTICE]
    return noticed(result, notices) if notices and answer["kind"] in NOTICED else result


def may_be_silenced(answer: Payload, result: TurnResult) -> bool:
    """Whether nothing is lost with this turn: effects hand something over to the office."""
    form = answer["kind"] == "form" and answer["id"] in FOR_THE_OFFICE
    return answer["kind"] not in NEVER_SILENCED and not form and not result.effects


def items_in(answer: Payload) -> set[str]:
    """The ids of the items that an answer tells of: its own, its FAQ's, those of its package, or in their stead."""
    kind, id = answer["kind"], answer.get("id")
    told = [(kind, id), *((one["kind"], one["id"]) for one in answer.get("also") or () if "aspect" in one)]
    found = {id for kind, id in told if kind in ("item", "options") and id}
    for unit in (open_library().snapshot.get(kind, id) for kind, id in told if kind == "package"):
        found |= {step.item for step in unit.steps} if isinstance(unit, Package) else set()
    if kind == "package":
        found |= {one["id"] for one in answer.get("options") or () if one["kind"] == "item"}
    return found | ({answer["item_id"]} if answer.get("item_id") else set())


def items_repeated(tx: Connection, message: Incoming, result: TurnResult) -> set[str]:
    """The items of what was said last, where the citizen gets that once more (再说一遍)."""
    last, reply = records.last_of(tx, message.conversation), result.replies[-1]
    again = last is not None and last.text == reply.get("text") and reply["custom"]["answer"]["kind"] == "smalltalk"
    return items_in(last.payload) if last is not None and again and "kind" in last.payload else set()


def silenced(
    tx: Connection, message: Incoming, result: TurnResult, switch: Switch, settings: Settings, now: datetime
) -> TurnResult:
    """A person is offered; or, while nobody is there, told when, and a number can be left."""
    answer: Payload = result.replies[-1]["custom"]["answer"]
    desk = desk_now(tx, settings, now)
    instead = sentence("silenced.offer") if desk.takes else desk.said(now, settings.hotline)
    why = switch.text or sentence(f"silenced.{switch.reach}")
    text = f"{why}\n{instead}"
    said = Answer("handover", text, confidence=1.0, release=answer.get("release") or 0, record=new_number())
    reply = {"text": text, "custom": {"answer": said.payload()}}
    slots = {LAST_TEXT: text, **({} if desk.takes else {AWAITS_CONTACT: about(message, answer)})}
    # Where all is silenced it is as if the robot had only listened; of an item it remembers that this was asked for.
    kept = result.events if switch.reach == "item" else heard(result.events)
    return TurnResult([reply], [], in_place(kept, BotUttered(text, {"custom": reply["custom"]}), slots))


def about(message: Incoming, answer: Payload) -> dict[str, Any]:
    """What whoever calls back is to know."""
    known = {"topic_kind": answer["kind"], "topic_id": answer.get("id"), "topic_title": answer.get("title")}
    topic = known if answer["kind"] in ("item", "faq", "package", "referral", "office") else {}
    return {"reason": "asked", "question": message.text, **topic}


def heard(events: Sequence[Event]) -> list[Event]:
    """The events up to the citizen's message."""
    last = max((place for place, event in enumerate(events) if isinstance(event, UserUttered)), default=-1)
    return list(events[: last + 1])


def in_place(events: Sequence[Event], said: BotUttered, slots: Mapping[str, Any]) -> list[Event]:
    """The events of a turn, if it has any, with this instead of what the robot said, and these slots set at the end."""
    if not events:
        return []
    place = next((place for place, event in enumerate(events) if isinstance(event, BotUttered)), len(events))
    before, after = (
        [event for event in part if not isinstance(event, BotUttered)] for part in (events[:place], events[place:])
    )
    return [*before, said, *after, *(SlotSet(name, value) for name, value in slots.items())]


def noticed(result: TurnResult, notices: Sequence[str]) -> TurnResult:
    """The turn with notices before all that it says, in the tracker as well."""
    first, *rest = result.replies
    words = "\n".join(notices)
    events, told = [], False
    for event in result.events:
        if isinstance(event, BotUttered) and not told:
            said = f"{words}\n\n{event.text or ''}".strip()
            event, told = BotUttered(said, event.data, event.metadata, event.timestamp), True
        events.append(event)
    text = f"{words}\n\n{first.get('text', '')}".strip()
    return result._replace(replies=[{**first, "text": text}, *rest], events=events)
