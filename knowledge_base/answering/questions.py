"""Questions: answered from the knowledge base, asked back, or honestly not known."""

from __future__ import annotations

from dataclasses import replace

from knowledge_base.answering.answer import Answer, Option
from knowledge_base.answering.context import EARLIER, Context
from knowledge_base.answering.decision import decide
from knowledge_base.answering.follow_up import names_another
from knowledge_base.answering.offers import listed, offer, offer_again
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.turn import Turn, miss, subject
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion, word
from knowledge_base.model import Unit
from knowledge_base.search.snapshot import Snapshot

BELOW_THE_TOPIC = 0.3
"""Under this probability a question for an aspect (我走不开，老公帮我弄行不) is about what was spoken of before."""


def answer_question(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the knowledge base, or offer, or admit not to know."""
    topic = subject(context, snapshot)
    if not said.has_topic and not said.follows:
        if said.aspect is not None and topic is None and len(context.offered) > 1:
            return offer_again(said.aspect, context)
        if said.aspect is None or topic is None:
            unknown = Answer("fallback", phrase("no_topic", **occasion.fill()), aspect=said.aspect)
            return miss(unknown, context, occasion)
        if context.fresh:
            return tell(topic, said.aspect, 1.0, said, context, snapshot, occasion)
        return still_meant(topic, said.aspect, context, occasion)
    aspect = said.aspect or (context.aspect if said.carries else None)
    decision = decide(said.candidates, aspect)
    if decision.outcome == "answer":
        best = decision.candidates[0]
        return tell(snapshot.units[best.key], aspect, best.confidence, said, context, snapshot, occasion)
    if topic is not None and context.fresh and about_topic(said, topic):
        return tell(topic, said.aspect, 1 - certainty(said), said, context, snapshot, occasion)
    return offer(decision, said, aspect, context, snapshot, occasion)


def about_topic(said: Understanding, topic: Unit) -> bool:
    """Whether a question that names nothing known asks for an aspect of what was spoken of."""
    return said.aspect is not None and certainty(said) < BELOW_THE_TOPIC and not names_another(said.topic, topic.title)


def still_meant(topic: Unit, aspect: str, context: Context, occasion: Occasion) -> Turn:
    """Ask whether a topic of long ago is meant."""
    options = (Option.of(topic),)
    answer = Answer("fallback", listed(phrase("still_meant"), options), aspect=aspect, options=options)
    return miss(answer, replace(context, aspect=aspect), occasion)


def choose(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer from the option that was picked out."""
    unit = snapshot.get(said.chosen.kind, said.chosen.id) if said.chosen else None
    if unit is not None:
        return tell(unit, context.aspect, 1.0, said, context, snapshot, occasion)
    if said.chosen is None and context.offered:
        return offer_again(context.aspect, context)
    return miss(Answer("fallback", phrase("no_topic", **occasion.fill())), context, occasion)


def tell(
    unit: Unit,
    aspect: str | None,
    confidence: float,
    said: Understanding,
    context: Context,
    snapshot: Snapshot,
    occasion: Occasion,
) -> Turn:
    """Answer from a unit; it becomes the topic."""
    answer = word(unit, aspect, confidence, snapshot, occasion)
    here = (unit.kind, unit.id)
    told = Context(
        topic_kind=unit.kind,
        topic_id=unit.id,
        topic_title=unit.title,
        aspect=aspect,
        question=remember(said, unit, context),
        earlier=tuple(one for one in context.spoken_of if one != here)[:EARLIER],
        offered=answer.options,
        region=context.region,
    )
    return Turn(answer, told)


def remember(said: Understanding, unit: Unit, context: Context) -> str | None:
    """The question as later ones may lean on it."""
    if said.chosen is not None or said.follows:
        return f"{said.text} {unit.title}" if said.chosen is None else unit.title
    return said.text if said.has_topic else context.question


def certainty(said: Understanding) -> float:
    """How probable the best candidate is."""
    return said.candidates[0].confidence if said.candidates else 0.0
