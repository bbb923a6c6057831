"""One step of a recall: what the next few are told, and what has become of those who were.

That somebody is written to is noted in the transaction that puts the message into the outbox: a process that dies has
written to them and noted it, or neither. What is long, wording the old answers again, is done before that transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from actions.surroundings import Surroundings
from actions.turn import occasion
from desk import contacts, tasks
from desk.hours import desk_hours
from foundation import outbox
from foundation.errors import VaultError
from knowledge_base import records
from knowledge_base.answering.answer import Answer
from knowledge_base.recalls import drafting, progress
from knowledge_base.recalls.concerned import comparison, of_conversation
from knowledge_base.recalls.corrections import body_of, correction, record_of
from knowledge_base.recalls.drafting import Recall
from knowledge_base.recalls.progress import Recipient
from knowledge_base.recalls.said import Pages

BATCH = 20
"""Written to at once."""
MOST_UNDER_WAY = 60
"""Of our messages that a platform has not taken yet: with more, whoever asks something would wait behind them."""
FETCHED = ("web",)
"""Channels whose messages nobody has to send: browsers fetch them."""
ANSWERS_ONLY = ("rest",)
"""Channels that take replies, and nothing that nobody asked for."""


class Prepared(NamedTuple):
    """What somebody is to be told; None: what they were told cannot be found out any more."""

    to: Recipient
    recall: Recall
    answer: Answer | None


def prepare(tx: Connection) -> list[Prepared]:
    """What the next few are to be told, by conversation."""
    busy = [channel for channel, count in progress.under_way(tx).items() if count >= MOST_UNDER_WAY]
    found = progress.next_ones(tx, [channel for channel in busy if channel not in FETCHED], BATCH)
    recalls = {id: drafting.get(tx, id) for id in {one.recall_id for one in found}}
    tools = {
        id: (comparison(tx, recall.scope, occasion({})), Pages(tx, recall.release)) for id, recall in recalls.items()
    }
    prepared = []
    for one in found:
        recall, (compared, pages) = recalls[one.recall_id], tools[one.recall_id]
        told = of_conversation(compared, one.conversation)
        prepared.append(Prepared(one, recall, correction(recall, told, pages) if told is not None else None))
    return prepared


def write(tx: Connection, here: Surroundings, prepared: Sequence[Prepared], now: datetime) -> int:
    """Give the corrections to the outbox, and keep each under its number; how many were dealt with."""
    written = 0
    for to, recall, answer in prepared:
        if not progress.claim(tx, to, now):
            continue
        written += 1
        if answer is None:
            progress.unreachable(tx, to, "unclear", now)
            continue
        if to.channel in ANSWERS_ONLY:
            progress.unreachable(tx, to, "no_push", now, by_phone=call(tx, here, to, recall, now))
            continue
        outbox.add(tx, to.conversation, to.channel, [body_of(answer)], now)
        newest = select(func.max(outbox.outbox.c.id)).where(outbox.outbox.c.conversation == to.conversation)
        progress.written_to(tx, to, int(tx.execute(newest).scalar_one()), str(answer.record))
        records.write(tx, record_of(recall, answer, to.conversation, now))
    return written


def look_after(tx: Connection, here: Surroundings, now: datetime) -> None:
    """Note what came of what was sent."""
    for one in progress.arrived(tx, now):
        tasks.settle(tx, source_of(one), "settled", now)
    for one, why in progress.stuck(tx, BATCH):
        called = call(tx, here, one, drafting.get(tx, one.recall_id), now)
        if why == "window":
            progress.held(tx, one, now, by_phone=called)
        else:
            progress.unreachable(tx, one, why, now, by_phone=called)
    progress.finish(tx, now)


def call(tx: Connection, here: Surroundings, one: Recipient, recall: Recall, now: datetime) -> bool:
    """Have somebody call whom no message reaches; False: they left no number, or it is not kept any more."""
    contact = contacts.latest(tx, one.conversation)
    if contact is None:
        return False
    try:
        here.secrets.resolve(tx, contact, one.conversation, now)
    except VaultError:
        return False
    found = of_conversation(comparison(tx, recall.scope, occasion({})), one.conversation)
    text = correction(recall, found, Pages(tx, recall.release)).text if found is not None else recall.text
    new = tasks.NewTask(
        kind=tasks.PHONE,
        source=source_of(one),
        title=recall.title,
        department=recall.department,
        due_at=desk_hours(tx, here.settings).after(now, here.settings.desk_callback_minutes),
        conversation=one.conversation,
        channel=one.channel,
        contact=contact,
        detail={"text": text, "record": one.record},
    )
    tasks.open_task(tx, new, now)
    return True


def source_of(one: Recipient) -> str:
    """Under what a task to call somebody is opened, once."""
    return f"recall:{one.recall_id}:{one.record}"
