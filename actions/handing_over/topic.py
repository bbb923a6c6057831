"""What a conversation that goes to a person was last about, for the agent who takes it over."""

from __future__ import annotations

from typing import Any

from knowledge_base.answering.context import Context
from knowledge_base.answering.decision import ANSWER_AT
from knowledge_base.answering.questions import certainty
from knowledge_base.answering.understanding import Understanding
from knowledge_base.model import KINDS
from knowledge_base.search.snapshot import Snapshot


def topic(said: Understanding, before: Context, after: Context, snapshot: Snapshot) -> dict[str, Any]:
    """`topic_kind`, `topic_id` and `topic_title` of the unit last spoken of, each None where there is none.

    That is, in this order: what the wish for a person itself names (人工，护照换发的事); the topic; the likeliest of
    what was asked back about and never chosen; what was spoken of before.

    Args:
        before, after: what the conversation remembered before and after this message.
    """
    if said.kind == "handover" and said.named and certainty(said) >= ANSWER_AT:
        return _unit(*said.candidates[0].key, snapshot)
    if after.topic_kind:
        return {"topic_kind": after.topic_kind, "topic_id": after.topic_id, "topic_title": after.topic_title}
    if before.misses == 0:  # after a miss what was offered is a guess at what nobody understood
        for option in before.offered:
            if option.kind in KINDS:
                return {"topic_kind": option.kind, "topic_id": option.id, "topic_title": option.title}
    if after.spoken_of:
        return _unit(*after.spoken_of[0], snapshot)
    return dict.fromkeys(("topic_kind", "topic_id", "topic_title"))


def _unit(kind: str, id: str, snapshot: Snapshot) -> dict[str, Any]:
    unit = snapshot.get(kind, id)
    return {"topic_kind": kind, "topic_id": id, "topic_title": unit.title if unit is not None else None}
