"""What somebody is told instead of what was wrong: a statement like any other, with sources and a record of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from knowledge_base.answering.answer import Answer
from knowledge_base.answering.wording import stamped
from knowledge_base.recalls.concerned import Concerned
from knowledge_base.recalls.drafting import Recall
from knowledge_base.recalls.said import Pages
from knowledge_base.recalls.wording import filled
from knowledge_base.records import ENGINE, Record, new_number

CORRECTED = "answer.corrected"
"""The event of the table of templates (docs/wechat.md)."""


def correction(recall: Recall, told: Concerned, pages: Pages) -> Answer:
    """The answer that corrects another: of the unit as it stands in the recall's release, under a new number."""
    text = filled(recall.text, recall.title, told.record, told.difference)
    unit = pages.get(recall.kind, recall.unit_id)
    if unit is not None:
        answer = stamped(unit, text, told.record.aspect, 1.0, pages)
    else:
        answer = Answer(
            recall.kind, text, id=recall.unit_id, title=recall.title, confidence=1.0, release=recall.release
        )
    return replace(answer, record=new_number(), extra={"corrects": told.record.number})


def body_of(answer: Answer) -> dict[str, Any]:
    """The correction as the outbox holds it; a template of a platform may tell of it outside the citizen's window."""
    values = {"title": answer.title or "", "number": str(answer.record)}
    custom = {"answer": answer.payload(), "notice": {"event": CORRECTED, "values": values}}
    return {"text": answer.text, "custom": custom}


def record_of(recall: Recall, answer: Answer, conversation: str, now: datetime) -> Record:
    """The correction as it is kept: approved by whoever had it sent."""
    return Record(
        number=str(answer.record),
        conversation=conversation,
        at=now,
        kind=answer.kind,
        text=answer.text,
        unit_id=answer.id,
        aspect=answer.aspect,
        release=answer.release,
        payload=answer.payload(),
        engine=ENGINE,
        approved_by=recall.sent_by,
    )
