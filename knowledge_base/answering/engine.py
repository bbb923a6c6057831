"""One turn, from an understood message to what is said and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from knowledge_base.answering.answer import Answer, Option
from knowledge_base.answering.context import Context
from knowledge_base.answering.decision import ANSWER_AT, Decision, decide
from knowledge_base.answering.phrases import has_phrase, phrase
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion, answers_aspect, word
from knowledge_base.model import Faq, Office, ServiceItem, Unit
from knowledge_base.records import new_number
from knowledge_base.search.snapshot import Snapshot

SMALLTALK = {"greet", "goodbye", "thanks", "bot_challenge", "praise", "insult", "chitchat", "help", "affirm", "deny"}
SUGGEST_A_PERSON_AFTER = 2
BELOW_THE_TOPIC = 0.3
"""Under this probability a question for an aspect (我走不开，老公帮我弄行不) is about what was spoken of before."""


class Turn(NamedTuple):
    answer: Answer
    context: Context


def respond(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Decide what to say.

    Args:
        said: the message, understood on `snapshot`.
        context: what the conversation remembers.
        occasion: the day to answer for, and the office's own name, phone and hours.
    """
    kind = said.kind
    if kind in HANDLERS:
        turn = HANDLERS[kind](said, context, snapshot, occasion)
    elif kind in SMALLTALK:
        turn = keep(context, Answer("smalltalk", phrase(kind, **occasion.fill())))
    else:
        turn = answer_question(said, context, snapshot, occasion)
    answer = replace(turn.answer, release=snapshot.release, record=new_number())
    return Turn(answer, replace(turn.context, last_text=answer.text))


def answer_question(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the knowledge base, or offer, or admit not to know."""
    aspect = said.aspect
    if not said.has_topic or (said.kind == "correct" and aspect is None):
        if said.has_topic:
            aspect = context.aspect
        elif aspect is not None and (topic := topic_of(context, snapshot)) is not None:
            return tell(topic, aspect, 1.0, context, snapshot, occasion)
        else:
            return miss(Answer("fallback", phrase("no_topic", **occasion.fill()), aspect=aspect), context, occasion)
    elif aspect is None and follows_on(said, context):
        aspect = context.aspect
    decision = decide(said.candidates, aspect)
    if decision.outcome == "answer":
        best = decision.candidates[0]
        unit = snapshot.units[best.key]
        return tell(unit, aspect, best.confidence, context, snapshot, occasion)
    if said.aspect and certainty(said) < BELOW_THE_TOPIC and (topic := topic_of(context, snapshot)) is not None:
        return tell(topic, said.aspect, 1 - certainty(said), context, snapshot, occasion)
    return offer(decision, said, aspect, context, snapshot, occasion)


def certainty(said: Understanding) -> float:
    """How probable the best candidate is."""
    return said.candidates[0].confidence if said.candidates else 0.0


def follows_on(said: Understanding, context: Context) -> bool:
    """护照呢, 去香港的: a new topic without a question of its own takes over the last aspect."""
    return bool(context.topic_id or context.offered) and len(said.text) <= 12


def tell(
    unit: Unit, aspect: str | None, confidence: float, context: Context, snapshot: Snapshot, occasion: Occasion
) -> Turn:
    answer = word(unit, aspect, confidence, snapshot, occasion)
    told = Context(
        topic_kind=unit.kind,
        topic_id=unit.id,
        aspect=aspect,
        offered=answer.options,
        region=context.region,
    )
    return Turn(answer, told)


def offer(
    decision: Decision,
    said: Understanding,
    aspect: str | None,
    context: Context,
    snapshot: Snapshot,
    occasion: Occasion,
) -> Turn:
    units = [snapshot.units[one.key] for one in decision.candidates]
    if aspect is not None and any(isinstance(unit, ServiceItem) for unit in units):
        units = [unit for unit in units if isinstance(unit, ServiceItem | Faq)]  # a referral costs and takes nothing
    options = tuple(Option.of(unit) for unit in units if answers_aspect(unit, aspect))
    confidence = decision.candidates[0].confidence if decision.candidates else 0.0
    if decision.outcome == "options" and len(options) > 1:
        text = listed(phrase("options"), options)
        answer = Answer("options", text, aspect=aspect or "overview", confidence=confidence, options=options)
        return Turn(answer, replace(context, offered=options, aspect=aspect, misses=0))
    text = listed(phrase("fallback_topics"), options) if options else phrase("fallback", **occasion.fill())
    answer = Answer("fallback", text, aspect=aspect, confidence=confidence, options=options)
    return miss(answer, replace(context, aspect=aspect), occasion)


def listed(heading: str, options: tuple[Option, ...]) -> str:
    return "\n".join((heading, *(f"{number}. {option.title}" for number, option in enumerate(options, 1))))


def miss(answer: Answer, context: Context, occasion: Occasion) -> Turn:
    """A question not understood; after two in a row a person is suggested."""
    misses = context.misses + 1
    if misses >= SUGGEST_A_PERSON_AFTER:
        answer = replace(answer, text=f"{answer.text}\n{phrase('handover', **occasion.fill())}")
    return Turn(answer, replace(context, offered=answer.options, misses=misses))


def keep(context: Context, answer: Answer) -> Turn:
    """Say something beside the topic, and remember the topic."""
    return Turn(answer, replace(context, misses=0))


def topic_of(context: Context, snapshot: Snapshot) -> Unit | None:
    return snapshot.get(context.topic_kind, context.topic_id) if context.topic_kind else None


def choose(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    unit = snapshot.get(said.chosen.kind, said.chosen.id) if said.chosen else None
    if unit is not None:
        return tell(unit, context.aspect, 1.0, context, snapshot, occasion)
    if said.chosen is None and context.offered:
        text = listed(phrase("options"), context.offered)
        return Turn(Answer("options", text, aspect=context.aspect, options=context.offered), context)
    return miss(Answer("fallback", phrase("no_topic", **occasion.fill())), context, occasion)


def office(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """A question about a hall, or about the hall of the item spoken of."""
    if said.candidates and said.candidates[0].key.kind != "office" and certainty(said) >= ANSWER_AT:
        return answer_question(said, context, snapshot, occasion)
    named = [one for one in said.candidates if one.key.kind == "office" and one.features.named > 0]
    if not named and isinstance(topic := topic_of(context, snapshot), ServiceItem):
        return tell(topic, said.aspect or "hours", 1.0, context, snapshot, occasion)
    offices = [unit for unit in snapshot.units.values() if isinstance(unit, Office)]
    if not offices:
        return answer_question(said, context, snapshot, occasion)
    chosen = snapshot.units[named[0].key] if named else main_office(offices)
    return tell(chosen, said.aspect, said.kind_confidence, context, snapshot, occasion)


def main_office(offices: list[Office]) -> Office:
    """The comprehensive hall: the one that serves most."""
    return max(offices, key=lambda one: (len(one.services), one.id))


def emergency(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    return keep(context, Answer("emergency", phrase("emergency"), confidence=said.kind_confidence))


def by_phone(kind: str) -> Handler:
    """Abilities that for now answer under their own kind with phone and hours."""

    def answer(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
        return keep(context, Answer(kind, phrase(kind, **occasion.fill()), confidence=said.kind_confidence))

    return answer


def out_of_scope(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    answer = Answer("fallback", phrase("out_of_scope", **occasion.fill()), confidence=said.kind_confidence)
    return miss(answer, context, occasion)


def repeat(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    topic = topic_of(context, snapshot)
    if topic is not None:
        return tell(topic, context.aspect, 1.0, context, snapshot, occasion)
    return keep(context, Answer("smalltalk", context.last_text or phrase("repeat_nothing")))


def beside(name: str) -> Handler:
    def answer(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
        return keep(context, Answer("smalltalk", phrase(name, **occasion.fill())))

    return answer


def wrong(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    return miss(Answer("fallback", phrase("feedback_wrong", **occasion.fill())), context, occasion)


Handler = Callable[[Understanding, Context, Snapshot, Occasion], Turn]

HANDLERS: dict[str, Handler] = {
    "ask_office": office,
    "choose": choose,
    "emergency": emergency,
    "status": by_phone("status"),
    "complaint": by_phone("complaint"),
    "handover": by_phone("handover"),
    "out_of_scope": out_of_scope,
    "repeat": repeat,
    "more": beside("more"),
    "empty": beside("empty"),
    "feedback_wrong": wrong,
}

assert all(has_phrase(kind) for kind in SMALLTALK)
