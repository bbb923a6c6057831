"""Questions: answered from the knowledge base, asked back, or honestly not known."""

from __future__ import annotations

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.decision import decide
from knowledge_base.answering.offers import listed, offer
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.turn import Turn, miss, topic_of
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion, word
from knowledge_base.model import Unit
from knowledge_base.search.snapshot import Snapshot

BELOW_THE_TOPIC = 0.3
"""Under this probability a question for an aspect (我走不开，老公帮我弄行不) is about what was spoken of before."""


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
    return offer(decision, aspect, context, snapshot, occasion)


def choose(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the option that was picked out."""
    unit = snapshot.get(said.chosen.kind, said.chosen.id) if said.chosen else None
    if unit is not None:
        return tell(unit, context.aspect, 1.0, context, snapshot, occasion)
    if said.chosen is None and context.offered:
        text = listed(phrase("options"), context.offered)
        return Turn(Answer("options", text, aspect=context.aspect, options=context.offered), context)
    return miss(Answer("fallback", phrase("no_topic", **occasion.fill())), context, occasion)


def tell(
    unit: Unit, aspect: str | None, confidence: float, context: Context, snapshot: Snapshot, occasion: Occasion
) -> Turn:
    """Answer from a unit; it becomes the topic."""
    answer = word(unit, aspect, confidence, snapshot, occasion)
    told = Context(
        topic_kind=unit.kind,
        topic_id=unit.id,
        aspect=aspect,
        offered=answer.options,
        region=context.region,
    )
    return Turn(answer, told)


def certainty(said: Understanding) -> float:
    """How probable the best candidate is."""
    return said.candidates[0].confidence if said.candidates else 0.0


def follows_on(said: Understanding, context: Context) -> bool:
    """护照呢, 去香港的: a new topic without a question of its own takes over the last aspect."""
    return bool(context.topic_id or context.offered) and len(said.text) <= 12
