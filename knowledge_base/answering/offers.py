"""Offering what may be meant, and taking the choice."""

from __future__ import annotations

from dataclasses import replace

from knowledge_base.answering.answer import Answer, listed
from knowledge_base.answering.context import Context
from knowledge_base.answering.decision import Decision
from knowledge_base.answering.namesakes import told_apart
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.turn import Turn, miss, without_topic
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion, answers_aspect
from knowledge_base.model import Faq, ServiceItem
from knowledge_base.search.snapshot import Snapshot

LONGEST_QUESTION = 120


def offer(
    decision: Decision,
    said: Understanding,
    aspect: str | None,
    context: Context,
    snapshot: Snapshot,
    occasion: Occasion,
) -> Turn:
    """Ask which one is meant, or say that it is not known and name what comes nearest."""
    units = [snapshot.units[one.key] for one in decision.candidates]
    if aspect is not None and any(isinstance(unit, ServiceItem) for unit in units):
        units = [unit for unit in units if isinstance(unit, ServiceItem | Faq)]  # a referral costs and takes nothing
    telling = [unit for unit in units if answers_aspect(unit, aspect)]
    options = told_apart(telling if len(telling) > 1 else units, occasion.day)
    question = f"{context.question} {said.text}" if said.follows else said.text
    before = context if said.follows else without_topic(context)
    asked = replace(before, question=question[-LONGEST_QUESTION:], aspect=aspect, age=0)
    confidence = decision.candidates[0].confidence if decision.candidates else 0.0
    if decision.outcome == "options" and len(options) > 1:
        text = listed(phrase("options"), options)
        answer = Answer("options", text, aspect=aspect or "overview", confidence=confidence, options=options)
        return Turn(answer, replace(asked, offered=options, misses=0))
    text = listed(phrase("fallback_topics"), options) if options else phrase("fallback", **occasion.fill())
    answer = Answer("fallback", text, aspect=aspect, confidence=confidence, options=options)
    return miss(answer, asked, occasion)


def offer_again(aspect: str | None, context: Context, heading: str = "options") -> Turn:
    """The same options once more: when only what is asked of them was said (多少钱), or a number that none has."""
    text = listed(phrase(heading), context.offered)
    return Turn(Answer("options", text, aspect=aspect, options=context.offered), replace(context, aspect=aspect))
