"""What is kept of a turn besides its events: the answer record, and a row for the office's statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.assistant import TurnResult
from desk.case_confidence import CONFIDENTIAL
from desk.tasks import CORRECTION
from foundation.inbox import Claim, Incoming
from insights.recording import UNTOLD, Candidate, Turn, decision_of
from knowledge_base.model import KINDS
from knowledge_base.records import ENGINE, Record

LONGEST = 80
"""Characters of a department's name that are kept."""


def turn_of(message: Incoming, own: TurnResult, told: TurnResult, now: datetime) -> Turn:
    """The row of a turn.

    Args:
        own: the turn as the robot decided it.
        told: as a switch has left it; mostly the same.
    """
    decided, answer = (one.replies[-1]["custom"]["answer"] for one in (own, told))
    effects = {effect["do"]: effect for effect in told.effects}
    kind, record = answer["kind"], answer.get("record")
    corrects = effects.get("task", {}).get("kind") == CORRECTION  # 你说错了 is answered with regret, but is no question
    rated = effects.get("rate", {})
    is_unit = kind in KINDS and answer["id"]
    has_unit = answer["id"] and (is_unit or kind == "options")
    return Turn(
        at=now,
        conversation=message.conversation,
        channel=message.channel,
        question=None if decided.get(CONFIDENTIAL) or decided["kind"] in UNTOLD else message.text,
        kind=kind,
        decision="other" if corrects else decision_of(kind, record),
        region=own.region,
        unit_kind=(kind if is_unit else "item") if has_unit else None,
        unit_id=answer["id"] if has_unit else None,
        department=own.department[:LONGEST] if has_unit and own.department else None,
        aspect=answer.get("aspect"),
        confidence=answer.get("confidence"),
        release=answer.get("release") or None,
        record=record,
        candidates=candidates_of(answer.get("options") or (), own.candidates),
        mood=own.mood,
        handover=decided["kind"] == "handover" and "approval" not in effects,
        rating=rated["score"] if rated and rated.get("handover") is None else None,
        milliseconds=own.milliseconds,
    )


def record_of(claim: Claim, replies: Sequence[dict[str, Any]], now: datetime) -> Record | None:
    """The answer record of a turn: what was said, word for word, and where it came from; None where it needs none."""
    answer = replies[-1]["custom"]["answer"]
    if not answer.get("record"):
        return None
    return Record(
        number=answer["record"],
        conversation=claim.message.conversation,
        at=now,
        kind=answer["kind"],
        text="\n\n".join(reply["text"] for reply in replies if reply.get("text")),
        unit_id=answer["id"],
        aspect=answer["aspect"],
        release=answer["release"],
        inbox_id=claim.id,
        payload=answer,
        engine=ENGINE,
    )


def candidates_of(options: Sequence[dict[str, Any]], weighed: Sequence[Candidate]) -> list[Candidate]:
    """What was offered, then what else was weighed."""
    sure = {(one["kind"], one["id"]): one["confidence"] for one in weighed}
    offered = [(one["kind"], one["id"]) for one in options if one["kind"] in KINDS]
    keys = dict.fromkeys((*offered, *sure))
    return [{"kind": kind, "id": id, "confidence": sure.get((kind, id), 0.0)} for kind, id in keys]
