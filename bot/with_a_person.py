"""What becomes of a citizen's message while a person has the conversation, or somebody waits for one.

No model has a part in it: the message goes to the agent's page in one short transaction. The robot keeps silent, but
for what the queue owes: where one stands, the way back, and help in danger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from actions.handing_over.hearing import contact
from bot.effects import CONTACT_KEPT
from bot.trackers import without
from desk import handovers, speech
from desk.handovers import WAITING, Handover
from desk.hours import Hours
from desk.notices import notice, wants_back, where
from desk.sent import LOCATION, UNSUPPORTED, Sent
from foundation import dialogue
from foundation.inbox import Claim
from foundation.text import normalise
from foundation.vault import Vault
from knowledge_base.answering.kind_of_talk import is_danger
from knowledge_base.answering.phrases import phrase

TOLD_EVERY = timedelta(minutes=1)
"""So often at most somebody who writes while waiting is told where they stand."""


def take_in(
    tx: Connection,
    handover: Handover,
    claim: Claim,
    mood: Callable[[str], str],
    vault: Vault,
    hours: Hours,
    now: datetime,
) -> list[dict[str, Any]]:
    """Give one message to whoever has, or will have, the conversation; returns what the system replies.

    Args:
        handover: read, and locked, in this transaction.
        mood: reads that of a text, by name; it counts for the place in the queue.
    """
    message = claim.message
    sent = Sent(UNSUPPORTED) if message.unreadable else Sent.of(message.metadata, message.text)
    if sent is not None and sent.passed_on is not None:
        return _pass_on(tx, handover, claim, sent, vault, now)
    said = message.text
    _hear(tx, handover, claim, said if sent is None else sent.line, now)
    if wants_back(said):
        handovers.withdraw(tx, handover.id, now, "back")
        return [{"text": notice("back")}]
    handovers.note_mood(tx, handover.id, mood(said), now)
    number = contact(said)
    if number is not None:
        handovers.leave_contact(tx, handover.id, number, now)
        vault.keep(tx, number, message.conversation, now + CONTACT_KEPT)
    if is_danger(normalise(said)):
        handovers.raise_priority(tx, handover.id, now)
        return [{"text": phrase("emergency")}]
    if handover.state == WAITING and number is not None:
        return [{"text": notice("number_noted")}]
    if handover.state == WAITING and speech.owes_a_place(tx, handover, now, TOLD_EVERY):
        place = handovers.place(tx, handover.id, now, hours)
        return [{"text": notice("waiting", where=where(place.position, place.minutes))}]
    return []


def _pass_on(
    tx: Connection, handover: Handover, claim: Claim, sent: Sent, vault: Vault, now: datetime
) -> list[dict[str, Any]]:
    """Have the person see that something came; tell the citizen so, but not twice in a row."""
    conversation = claim.message.conversation
    if sent.kind == LOCATION:  # a turn of the robot's would drop where they are: this was sent to be read
        sent = replace(sent, words=vault.hide(tx, sent.words, conversation, now))
    before = dialogue.transcript(tx, conversation, limit=1)
    _hear(tx, handover, claim, sent.line, now)
    told = bool(before) and before[-1].text == sent.passed_on
    return [] if told else [{"text": sent.passed_on}]


def _hear(tx: Connection, handover: Handover, claim: Claim, line: str, now: datetime) -> None:
    speech.hear(tx, handover, line, now, claim.message.message_id, without(claim.message.metadata))
