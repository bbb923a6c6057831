"""News for somebody who waits for an application: which are worth telling, their words, and how they are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from actions.applications import wording
from actions.applications.quoting import shown_number
from actions.applications.reminders import Reminder
from actions.applications.sentences import sentence
from actions.portal.application import Application, State, mask_number
from foundation import outbox
from knowledge_base import records
from knowledge_base.answering.answer import Answer
from knowledge_base.answering.occasion import Occasion
from knowledge_base.records import ENGINE, Record
from knowledge_base.search.snapshot import Snapshot

QUIET = frozenset({State.SUBMITTED, State.ACCEPTED, State.REVIEW, State.PRODUCING})
"""States that ask nothing of the citizen and end nothing."""
CHANGED, DECIDED = "application.changed", "application.decided"
"""Events of the table of templates (docs/wechat.md): something is asked, or it is known how it ends."""
ON_THE_WAY = frozenset({State.CORRECTION, State.SPECIAL, State.UNKNOWN})


def worth_telling(reminder: Reminder, application: Application) -> bool:
    """Whether the state is another than the one last told of, and matters to the citizen."""
    return application.state is not reminder.state and application.state not in QUIET


def changed(reminder: Reminder, application: Application, snapshot: Snapshot, occasion: Occasion) -> Answer:
    """What happened, and what to do now."""
    return wording.notice(reminder.state, application, snapshot, occasion)


def ended(reminder: Reminder, snapshot: Snapshot, occasion: Occasion) -> Answer:
    """No more will be told, although it is not over."""
    text = sentence("reminder_ended", title=reminder.title or sentence("nameless"), **occasion.fill())
    return replace(about(reminder, text), release=snapshot.release)


def about(reminder: Reminder, text: str) -> Answer:
    """A `status` answer that says something of a reminder; of the application it has what was last told."""
    facts: dict[str, Any] = {
        "number": mask_number(reminder.number),
        "state": reminder.state.value,
        "state_text": sentence(f"state.{reminder.state.value}"),
        "events": [],
        "expected_on": None,
    }
    return Answer("status", text, title=reminder.title or None, confidence=1.0, extra={"application": facts})


def notice_of(reminder: Reminder, application: Application) -> dict[str, Any]:
    """What a template of a platform can show of it outside the citizen's window."""
    values = {
        "title": wording.title_of(application),
        "number": shown_number(application.number),
        "state": wording.state_text(application),
    }
    return {"event": CHANGED if application.state in ON_THE_WAY else DECIDED, "values": values}


def deliver(
    tx: Connection, reminder: Reminder, said: Answer, now: datetime, notice: dict[str, Any] | None = None
) -> None:
    """Give it to the conversation's channel, and keep it under a number as every statement is kept."""
    answer = replace(said, record=records.new_number())
    custom: dict[str, Any] = {"answer": answer.payload()}
    if notice is not None:
        custom["notice"] = notice
    outbox.add(tx, reminder.conversation, reminder.channel, [{"text": answer.text, "custom": custom}], now)
    kept = Record(
        number=str(answer.record),
        conversation=reminder.conversation,
        at=now,
        kind=answer.kind,
        text=answer.text,
        unit_id=answer.id,
        aspect=answer.aspect,
        release=answer.release,
        payload=answer.payload(),
        engine=ENGINE,
    )
    records.write(tx, kept)
