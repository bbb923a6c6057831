"""What is said while a person has a conversation: every word reaches the other side and the tracker once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from desk.errors import Malformed, WrongState
from desk.handover import OPEN, WITH_AGENT, Handover, change, get, held, name_of
from desk.tables import agent_messages, handovers
from foundation import audit, dialogue
from foundation.dialogue import PERSON
from foundation.outbox import add, outbox


@dataclass(frozen=True)
class Said:
    """What an agent sent. `duplicate`: the page had sent it before, and nothing was stored again."""

    outbox_id: int
    duplicate: bool
    record: str | None = None


@dataclass(frozen=True)
class Sent:
    """An agent's message and what became of it: the state of its row in the outbox."""

    key: str
    account: str
    outbox_id: int
    record: str | None
    at: datetime
    state: str


def hear(
    tx: Connection,
    handover: Handover,
    text: str,
    now: datetime,
    message_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Handover:
    """A citizen says something, masked, to whoever has or will have the conversation.

    Raises:
        WrongState: the robot has it again; this message is for the robot.
    """
    found = get(tx, handover.id, lock=True)
    if found.state not in OPEN:
        raise WrongState(f"handover.{found.state}")
    event = dialogue.heard(text, found.channel, now, message_id)
    dialogue.append(tx, found.conversation, [{**event, "metadata": dict(metadata or {})}])
    return change(tx, found, last_citizen_at=now, seen_at=now, question=found.question or text)


def say(
    tx: Connection,
    handover: Handover,
    account: str,
    text: str,
    key: str,
    now: datetime,
    record: str | None = None,
    answer: Mapping[str, Any] | None = None,
) -> Said:
    """An agent says something to the citizen; under a `key` that is known already, nothing happens.

    Args:
        key: the page's own name of this message.
        record: number of the answer record, which the caller writes unless it was a duplicate.
        answer: payload of an answer from the knowledge base that is sent as it is.

    Raises:
        NotYours, WrongState: this agent does not have the conversation (any more). Nothing was sent.
        Malformed: there is no text.
    """
    get(tx, handover.id, lock=True)
    if (known := sent(tx, handover.id, key)) is not None:
        return known
    if not text.strip():
        raise Malformed("handover.empty")
    found = held(tx, handover.id, account, WITH_AGENT)
    name = name_of(tx, account)
    payload = {**(answer or {}), **({"record": record} if record else {})}
    body = {"text": text, "by": PERSON, "name": name, "custom": {"answer": payload} if payload else {}}
    row = outgoing(tx, found.conversation, found.channel, body, now, account, record)
    sent_row = {"handover": found.id, "conversation": found.conversation, "key": key, "account": account}
    tx.execute(insert(agent_messages).values(**sent_row, outbox_id=row, record=record, at=now))
    change(tx, found, last_agent_at=now, first_reply_at=found.first_reply_at or now)
    audit.record(tx, account, "desk.say", f"handover:{found.id}", {"outbox": row, "record": record}, now)
    return Said(row, duplicate=False, record=record)


def outgoing(
    tx: Connection,
    conversation: str,
    channel: str,
    body: dict[str, Any],
    now: datetime,
    account: str | None = None,
    record: str | None = None,
) -> int:
    """Store a message to a citizen in outbox and tracker; returns the outbox row's id."""
    add(tx, conversation, channel, [body], now)  # holds the conversation's place in the order until the end
    row: int = tx.execute(select(func.max(outbox.c.id)).where(outbox.c.conversation == conversation)).scalar_one()
    told: dict[str, Any] = {"outbox": row, "record": record}
    if body.get("by") == PERSON:
        told |= {"by": PERSON, "account": account, "name": body.get("name")}
    event = dialogue.told(str(body["text"]), now, told)
    data = {key: body[key] for key in ("buttons", "custom") if body.get(key)}
    dialogue.append(tx, conversation, [{**event, "data": data}])
    return row


def sent(tx: Connection, handover_id: int, key: str) -> Said | None:
    """What was sent under a key before."""
    mine = (agent_messages.c.handover == handover_id) & (agent_messages.c.key == key)
    row = tx.execute(select(agent_messages).where(mine)).mappings().first()
    return None if row is None else Said(row["outbox_id"], duplicate=True, record=row["record"])


def deliveries(tx: Connection, handover_id: int) -> list[Sent]:
    """All that agents sent in a handover, with the state of its delivery."""
    columns = [agent_messages.c[name] for name in ("key", "account", "outbox_id", "record", "at")]
    joined = agent_messages.join(outbox, outbox.c.id == agent_messages.c.outbox_id)
    query = select(*columns, outbox.c.state).select_from(joined).where(agent_messages.c.handover == handover_id)
    return [Sent(**row) for row in tx.execute(query.order_by(agent_messages.c.id)).mappings()]


def owes_a_place(tx: Connection, handover: Handover, now: datetime, every: timedelta) -> bool:
    """Whether one who waits should be told again where they stand; then it counts as told."""
    found = get(tx, handover.id, lock=True)
    if found.state in OPEN and now - found.place_told_at >= every:
        tx.execute(update(handovers).where(handovers.c.id == found.id).values(place_told_at=now))
        return True
    return False
