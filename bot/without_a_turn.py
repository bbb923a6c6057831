"""Messages that need no model: a person has the conversation, or what was sent could be read by a person only, or all
that is wanted is the transcript of what was said with a person, or one's own data, or its erasure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from bot import own_data, with_a_person
from desk import handovers, notices, transcripts
from desk.hours import desk_hours
from desk.sent import OTHERWISE
from foundation import dialogue, outbox
from foundation.inbox import Claim, Incoming
from foundation.settings import Settings
from foundation.vault import Vault


@dataclass(frozen=True)
class Means:
    """What such messages are dealt with."""

    vault: Vault
    settings: Settings
    mood: Callable[[str], str]


def may_be(tx: Connection, message: Incoming) -> bool:
    """Whether a message may be one of those; without a lock."""
    if OTHERWISE in message.metadata or transcripts.wanted(message.text) or own_data.wish(message.text):
        return True
    return handovers.current(tx, message.conversation) is not None


def settle(tx: Connection, claim: Claim, means: Means, now: datetime) -> bool:
    """Deal with a message, replies and all; False: it is for a turn of the robot's."""
    message = claim.message
    handover = handovers.current(tx, message.conversation, lock=True)
    if transcripts.wanted(message.text):
        give_transcript(tx, claim, now, noted=handover is not None)
        return True
    if handover is not None:
        hours = desk_hours(tx, means.settings)
        bodies = with_a_person.take_in(tx, handover, claim, means.mood, means.vault, hours, now)
        notices.tell(tx, message.conversation, message.channel, bodies, now, claim.id)
        return True
    wanted = own_data.wish(message.text)
    if wanted is not None:
        replies = own_data.answer(tx, message.conversation, wanted, means.settings, now)
        if replies is not None:
            outbox.add(tx, message.conversation, message.channel, replies, now, claim.id)
            return True
    if OTHERWISE in message.metadata:  # the person has gone meanwhile: the channel's own words, as to the robot
        outbox.add(tx, message.conversation, message.channel, message.metadata[OTHERWISE], now, claim.id)
        return True
    return False


def give_transcript(tx: Connection, claim: Claim, now: datetime, noted: bool) -> None:
    """Send a citizen their transcript; `noted`: whoever has the conversation sees that it was asked for and sent."""
    message = claim.message
    body = {"text": transcripts.transcript(tx, message.conversation, now), "custom": {transcripts.TRANSCRIPT: True}}
    outbox.add(tx, message.conversation, message.channel, [body], now, claim.id)
    if noted:
        heard = dialogue.heard(message.text, message.channel, now, message.message_id)
        dialogue.append(tx, message.conversation, [heard, dialogue.told(transcripts.sent(), now, {})])
