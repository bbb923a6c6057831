"""Turns that answer no question about a service: halls and their hours, emergencies, a person, a repetition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.days import only_a_day
from knowledge_base.answering.decision import ANSWER_AT
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.questions import answer_question, certainty, tell
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.turn import Handler, Turn, keep, miss, subject, topic_of, without_topic
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.validity import prefer_in_force
from knowledge_base.answering.wording import Occasion
from knowledge_base.model import Office, ServiceItem, Unit
from knowledge_base.regions import Regions
from knowledge_base.search.snapshot import Snapshot

PLAINLY = 0.7
"""How probable a unit must be to be told to somebody who is angry: the three trips of 我都跑三趟了 name no service."""
PLACES = re.compile(
    "银行|医院|诊所|药店|法院|检察院|学校|幼儿园|居委会|村委会|社区|街道|派出所|邮局|超市|商场|景区|图书馆|博物馆"
)


def office(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """A question about a hall, or about the hall of the item spoken of."""
    day_alone = only_a_day(said.text)  # its words name no hall and no service: 春节开门吗
    if said.candidates and said.candidates[0].key.kind != "office" and certainty(said) >= ANSWER_AT and not day_alone:
        return answer_question(said, context, snapshot, occasion)
    meant = () if day_alone else halls_meant(said, snapshot, occasion)
    topic = None if said.foreign else subject(context, snapshot)
    if not meant and isinstance(topic, ServiceItem) and (context.fresh or not day_alone):
        return tell(topic, said.aspect or "hours", 1.0, said, context, snapshot, occasion)
    if not meant and isinstance(topic, Office) and context.fresh and day_alone:
        return tell(topic, "hours", 1.0, said, context, snapshot, occasion)
    offices = [unit for unit in snapshot.units.values() if is_open_to(unit, context.region, occasion)]
    if not meant and not offices:
        return answer_question(said, context, snapshot, occasion)
    if not meant and (said.foreign or is_elsewhere(said.text, offices)):
        return miss(Answer("fallback", phrase("fallback", **occasion.fill()), aspect=said.aspect), context, occasion)
    chosen = snapshot.units[meant[0].key] if meant else main_office(offices, context.region, occasion.regions)
    aspect = said.aspect or ("hours" if day_alone else None)
    return tell(chosen, aspect, said.kind_confidence, said, context, snapshot, occasion)


def halls_meant(said: Understanding, snapshot: Snapshot, occasion: Occasion) -> tuple[Candidate, ...]:
    """The halls whose name or alias stands in a message, best first, or before them the one that is surely meant
    (西山办事厅 for 西山便民服务中心)."""
    halls = [one for one in said.candidates if one.key.kind == "office"]
    named = [one for one in halls if one.features.named > 0]
    if halls and halls[0] is said.candidates[0] and halls[0].confidence >= ANSWER_AT and not halls[0].undecided:
        hall = snapshot.units[halls[0].key]
        if isinstance(hall, Office) and not said.foreign and not is_elsewhere(said.text, [hall]):
            named = [halls[0], *(one for one in named if one is not halls[0])]
    return prefer_in_force(named, occasion.day, snapshot)


def is_open_to(unit: Unit, at: str | None, occasion: Occasion) -> TypeGuard[Office]:
    """Whether it is a hall that there is on the day, for citizens at `at`."""
    return isinstance(unit, Office) and unit.in_force(occasion.day) and occasion.regions.holds(unit.region, at)


def main_office(offices: Sequence[Office], at: str | None, regions: Regions) -> Office:
    """The comprehensive hall: the one that serves most, of those for everybody where the division is not known."""
    for_all = [one for one in offices if at is not None or not regions.partial(one.region)]
    return max(for_all or offices, key=lambda one: (len(one.services), one.id))


def is_elsewhere(text: str, offices: Sequence[Office]) -> bool:
    """Whether a question is about a place of another kind than any that is known: 银行几点开门."""
    places = {found[0] for found in PLACES.finditer(text)}
    return bool(places) and not any(place in name for place in places for office in offices for name in office.names())


def emergency(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    return keep(context, Answer("emergency", phrase("emergency"), confidence=said.kind_confidence))


def by_phone(kind: str) -> Handler:
    """Abilities that for now answer under their own kind with phone and hours."""

    def answer(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
        return keep(context, Answer(kind, phrase(kind, **occasion.fill()), confidence=said.kind_confidence))

    return answer


def out_of_scope(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    answer = Answer("fallback", phrase("out_of_scope", **occasion.fill()), confidence=said.kind_confidence)
    # /restart, asdf: what has no Chinese word names no other subject.
    return miss(answer, context if said.text.isascii() else without_topic(context), occasion)


def repeat(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    topic = topic_of(context, snapshot)
    if topic is not None:
        return tell(topic, context.aspect, 1.0, said, context, snapshot, occasion)
    return keep(context, Answer("smalltalk", context.last_text or phrase("repeat_nothing")))


def beside(name: str) -> Handler:
    def answer(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
        return keep(context, Answer("smalltalk", phrase(name, **occasion.fill())))

    return answer


def wrong(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    return miss(Answer("fallback", phrase("feedback_wrong", **occasion.fill())), context, occasion)


def grievance(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Anger about one's own affair: what is plainly asked is answered; a person and the way to complain are offered."""
    offer = phrase("grievance_offer")
    if said.has_topic and certainty(said) >= PLAINLY:
        turn = answer_question(said, context, snapshot, occasion)
        return turn._replace(answer=replace(turn.answer, text=f"{turn.answer.text}\n\n{offer}"))
    topic = context.topic_title if context.fresh else None
    sorry = phrase("grievance_about", title=topic) if topic else phrase("grievance")
    return miss(Answer("fallback", f"{sorry}\n{offer}"), context, occasion)
