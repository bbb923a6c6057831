"""What every kind of turn needs: its result, and the ways in which it is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import EARLIER, Context
from knowledge_base.answering.phrases import phrase
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion
from knowledge_base.model import Faq, Office, Unit
from knowledge_base.search.snapshot import Snapshot

OF_A_HALL = ("place", "hours", "contact")
SUGGEST_A_PERSON_AFTER = 2


class Turn(NamedTuple):
    answer: Answer
    context: Context


Handler = Callable[[Understanding, Context, Snapshot, Occasion], Turn]


def keep(context: Context, answer: Answer) -> Turn:
    """Say something beside the topic, and remember the topic."""
    return Turn(answer, replace(context, misses=0, age=context.age + 1))


def miss(answer: Answer, context: Context, occasion: Occasion) -> Turn:
    """A question not understood; after two in a row a person is suggested."""
    misses = context.misses + 1
    if misses >= SUGGEST_A_PERSON_AFTER:
        answer = replace(answer, text=f"{answer.text}\n{phrase('handover', **occasion.fill())}")
    return Turn(answer, replace(context, offered=answer.options, misses=misses, age=context.age + 1))


def without_topic(context: Context) -> Context:
    """The context after another subject: 那多少钱 means the topic no more, 那低保又是去哪 may still."""
    return replace(
        context, topic_kind=None, topic_id=None, topic_title=None, question=None, earlier=context.spoken_of[:EARLIER]
    )


def subject(context: Context, snapshot: Snapshot, aspect: str | None = None) -> Unit | None:
    """What 那多少钱 is asked of: the topic, the item that it belongs to, or the item before a hall that was named."""
    if not context.topic_kind:
        return None
    for key in context.spoken_of:
        unit = snapshot.get(*key)
        if isinstance(unit, Faq):
            unit = snapshot.get("item", unit.item) or unit
        if unit is not None and not (isinstance(unit, Office) and aspect and aspect not in OF_A_HALL):
            return unit
    return None


def topic_of(context: Context, snapshot: Snapshot) -> Unit | None:
    """The unit that the conversation is about, if the release still has it."""
    return snapshot.get(context.topic_kind, context.topic_id) if context.topic_kind else None
