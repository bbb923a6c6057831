"""One turn, from an understood message to what is said and remembered."""

from __future__ import annotations

from dataclasses import replace

from knowledge_base.answering.abilities import (
    beside,
    by_phone,
    emergency,
    grievance,
    office,
    out_of_scope,
    repeat,
    wrong,
)
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.context import Context
from knowledge_base.answering.further import answer_all, with_what_waits
from knowledge_base.answering.grievances import KIND as GRIEVANCE
from knowledge_base.answering.nearest_office import tell_nearest
from knowledge_base.answering.phrases import has_phrase, phrase
from knowledge_base.answering.questions import choose
from knowledge_base.answering.turn import Handler, Turn, keep
from knowledge_base.answering.understanding import Understanding
from knowledge_base.answering.wording import Occasion
from knowledge_base.records import new_number
from knowledge_base.search.snapshot import Snapshot

SMALLTALK = {"greet", "goodbye", "thanks", "bot_challenge", "praise", "insult", "chitchat", "help", "affirm", "deny"}

HANDLERS: dict[str, Handler] = {
    "ask_office": office,
    "choose": with_what_waits(choose),
    "emergency": emergency,
    # Where the actions of the assistant do not run, as in a preview.
    **dict.fromkeys(("status", "mine", "remind", "stop_reminding"), by_phone("status")),
    "complaint": by_phone("complaint"),
    "handover": by_phone("handover"),
    "out_of_scope": out_of_scope,
    "repeat": with_what_waits(repeat),
    "more": beside("more"),
    "empty": beside("empty"),
    "feedback_wrong": wrong,
    GRIEVANCE: grievance,
}

assert all(has_phrase(kind) for kind in SMALLTALK)


def respond(said: Understanding, context: Context, snapshot: Snapshot, occasion: Occasion) -> Turn:
    """Decide what to say.

    Args:
        said: the message, understood on `snapshot`.
        context: what the conversation remembers.
        occasion: the day to answer for, and the office's own name, phone and hours.
    """
    if said.region is not None:
        context = replace(context, region=said.region)
    kind = said.kind
    nearest = tell_nearest(said, context, snapshot, occasion) if kind != "emergency" else None
    if nearest is not None:
        turn = nearest
    elif kind in HANDLERS:
        turn = HANDLERS[kind](said, context, snapshot, occasion)
    elif kind in SMALLTALK:
        turn = keep(context, Answer("smalltalk", phrase(kind, **occasion.fill())))
    else:
        turn = answer_all(said, context, snapshot, occasion)
    answer = replace(turn.answer, release=snapshot.release, record=new_number())
    return Turn(answer, replace(turn.context, last_text=answer.text))
