"""What else a message asks: told along with the first answer, or, where something was asked back, once it is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.files import files_of
from knowledge_base.answering.questions import answer_question
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.turn import Handler, Turn
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion
from knowledge_base.search.snapshot import Snapshot

TOLD = {"item", "faq", "package", "referral", "office"}
"""Kinds of answers that come from a unit."""
Further = Sequence[tuple[str | None, tuple[Candidate, ...]]]
"""Aspect and candidates of each further question; no candidates: of the same thing."""


def answer_all(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Answer a question, and what else the message asks where that is as clear; the payload is the first one's."""
    occasion = replace(occasion, asks_back=not said.further)
    turn = answer_question(said, context, snapshot, occasion)
    return with_further(turn, said.further, said, snapshot, occasion)


def with_what_waits(handler: Handler) -> Handler:
    """A reply to what was asked back, or its repetition, with the questions that wait for that reply."""

    def answer(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
        waiting = dict.fromkeys(aspect for option in context.offered for aspect in option.further)
        occasion = replace(occasion, asks_back=occasion.asks_back and not waiting)
        turn = handler(said, context, snapshot, occasion)
        return with_further(turn, [(aspect, ()) for aspect in waiting], said, snapshot, occasion)

    return answer


def with_further(turn: Turn, further: Further, said: Understanding, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """A turn with the answers to further questions; where it asks back, those about the same thing wait for a reply."""
    if turn.answer.kind not in TOLD:
        aspects = tuple(aspect for aspect, candidates in further if aspect and not candidates)
        offered = tuple(replace(option, further=aspects) for option in turn.context.offered)
        return turn._replace(context=replace(turn.context, offered=offered))
    for aspect, candidates in further:
        alone = replace(said, aspect=aspect, candidates=candidates, has_topic=bool(candidates), further=())
        second = answer_question(alone, turn.context, snapshot, occasion)
        if second.answer.kind in TOLD and second.answer.text != turn.answer.text:
            both = together(turn.answer, second.answer)
            turn = Turn(both, replace(second.context, offered=both.options))
    return turn


def together(first: Answer, second: Answer) -> Answer:
    """Both texts; the second question's unit and aspect stand in `also`."""
    beside = {"kind": second.kind, "id": second.id, "title": second.title, "aspect": second.aspect}
    named = [one for one in second.also if one not in first.also]
    return replace(
        first,
        text=f"{first.text}\n\n{second.text}",
        sources=(*first.sources, *(one for one in second.sources if one not in first.sources)),
        options=first.options or second.options,
        also=(beside, *first.also, *named),
        extra={**first.extra, **files_of(first, second)},
    )
