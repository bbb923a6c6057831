"""After a turn was decided: whether a person takes over instead, or looks at it first, and what the citizen is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from sqlalchemy.engine import Connection

from actions.handing_over.desk_now import DeskNow, desk_now
from actions.handing_over.hearing import AWAITS_CONTACT, AWAITS_SCORE
from actions.handing_over.reasons import Mood, reason
from actions.handing_over.sentences import sentence
from actions.handing_over.topic import topic
from actions.replies import reply
from actions.surroundings import Surroundings, surroundings
from desk import marks, tasks
from desk.hours import desk_hours
from desk.marks import APPROVAL, PERSON, Mark
from desk.notices import moment, notice, question_for_a_score, scores
from foundation.clock import CHINA
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.turn import Turn
from knowledge_base.answering.understanding import Understanding
from knowledge_base.library import open_library
from knowledge_base.records import new_number

MOOD = "mood"
"""Message metadata: `[name, probability]`, as the assistant read it."""
EVEN_IF_NOBODY_IS_THERE = ("asked", "rule")
"""Reasons for which the citizen is told how to reach somebody; for others the robot's own answer stands."""
TOLD = ("item", "faq", "package", "referral", "office")
PARTING = ("thanks", "goodbye")

Effect = dict[str, Any]


class Considered(NamedTuple):
    """A turn, and what it brings about, remembers and offers besides."""

    turn: Turn
    effects: tuple[Effect, ...] = ()
    events: tuple[EventType, ...] = ()
    choices: tuple[str, ...] = ()


async def consider(said: Understanding, turn: Turn, tracker: Tracker, metadata: Mapping[str, Any]) -> Considered:
    """The turn as it is, or as that of somebody who takes over. Nothing is written: effects are the worker's to do."""
    if turn.answer.kind == "emergency":
        return Considered(turn)
    here, mood = surroundings(), Mood(*metadata.get(MOOD) or ())
    if said.kind in PARTING:
        return parting(turn, tracker, here.clock.now())
    if said.kind == "feedback_wrong":
        before = last_answer(tracker)
        return await here.read(lambda tx: Considered(turn, (correction(tx, here, said, turn, before),)))
    spoken_of = topic(said, Context.from_slots(tracker.slots), turn.context, open_library().at(said.release))
    return await here.read(lambda tx: _consider(tx, here, said, turn, mood, spoken_of))


def _consider(
    tx: Connection, here: Surroundings, said: Understanding, turn: Turn, mood: Mood, spoken_of: Mapping[str, Any]
) -> Considered:
    answer, now, hotline = turn.answer, here.clock.now(), here.settings.hotline
    unit = (answer.kind, answer.id) if answer.kind in TOLD and answer.id else None
    mark = marks.matching(marks.listing(tx), said.text, unit)
    why = reason(said, turn, mood, mark is not None and mark.then == PERSON)
    if why is not None or mood.distressed:
        desk = desk_now(tx, here.settings, now)
        if why is not None and (desk.takes or why in EVEN_IF_NOBODY_IS_THERE):
            about = {**request(said, turn, mood, why, mark), **spoken_of}
            handed = in_its_place(turn, told(desk, why, hotline, now))
            if desk.takes:
                return Considered(handed, ({"do": "handover", **about},))
            return Considered(handed, (), (SlotSet(AWAITS_CONTACT, about),))
        if desk.takes and answer.kind in TOLD:
            text = f"{answer.text}\n\n{sentence('offered')}"
            return Considered(turn._replace(answer=replace(answer, text=text)))
    if unit is not None and mark is not None and mark.then == APPROVAL:
        due = desk_hours(tx, here.settings).after(now, mark.minutes or here.settings.desk_approval_minutes)
        effect = {"do": "approval", "due_at": due.isoformat(), "department": mark.department}
        waits = {"question": said.text, "title": answer.title or "", "reply": reply(answer)}
        text = notice("checking", by=moment(due, now), hotline=hotline)
        said_first = in_its_place(turn, text, keep_topic=True)
        # The number goes with the answer, whose record is written when it is sent; what is said now has its own.
        noticed = said_first.answer.with_record(new_number())
        return Considered(said_first._replace(answer=noticed), ({**effect, **waits},))
    return Considered(turn)


def told(desk: DeskNow, why: str, hotline: str, now: datetime) -> str:
    """What the citizen is told whose conversation goes, or would go, to a person."""
    text = desk.said(now, hotline)
    return f"{sentence(why)}{text}" if desk.takes or why != "asked" else text


def in_its_place(turn: Turn, text: str, keep_topic: bool = False) -> Turn:
    """A turn that says this instead, and remembers the same subject."""
    answer = Answer("handover", text, confidence=1.0, release=turn.answer.release, record=turn.answer.record)
    context = replace(turn.context, misses=0, last_text=text)
    return Turn(answer, context if keep_topic else replace(context, offered=()))


def request(said: Understanding, turn: Turn, mood: Mood, why: str, mark: Mark | None) -> dict[str, Any]:
    """What an agent is to know of a conversation besides its topic: plain JSON, for `desk.handovers.Request`."""
    context = turn.context
    return {
        "reason": why,
        "department": mark.department if mark is not None else "",
        "region": context.region,
        "mood": mood.name,
        "misses": context.misses,
        "question": (context.question or "") if why == "asked" else said.text,
    }


def correction(
    tx: Connection, here: Surroundings, said: Understanding, turn: Turn, before: Mapping[str, Any]
) -> Effect:
    """A task for the editors: a citizen says that the last answer was wrong."""
    due = desk_hours(tx, here.settings).after(here.clock.now(), here.settings.desk_correction_minutes)
    title = before.get("title") or turn.context.topic_title or said.text
    detail = {name: before.get(name) for name in ("record", "kind", "id", "aspect")}
    task = {"kind": tasks.CORRECTION, "title": title, "due_at": due.isoformat()}
    return {"do": "task", **task, "detail": {**detail, "said": said.text}}


def parting(turn: Turn, tracker: Tracker, now: datetime) -> Considered:
    """Ask how satisfied somebody is who was answered and leaves, once a day."""
    today = now.astimezone(CHINA).date().isoformat()
    asked = tracker.slots.get(AWAITS_SCORE) or {}
    if turn.context.topic_kind is None or asked.get("day") == today:
        return Considered(turn)
    text = f"{turn.answer.text}\n{question_for_a_score()}"
    awaits = {"subject": f"robot:{today}", "day": today, "open": True}
    offered = tuple(reversed(scores()))
    return Considered(
        turn._replace(answer=replace(turn.answer, text=text)), (), (SlotSet(AWAITS_SCORE, awaits),), offered
    )


def last_answer(tracker: Tracker) -> Mapping[str, Any]:
    """The payload of what was said last, empty where there is none."""
    said = (event for event in reversed(tracker.events) if event.get("event") == "bot")
    answers = (((event.get("data") or {}).get("custom") or {}).get("answer") for event in said)
    return next(filter(None, answers), {})
