"""What docs/architecture.md promises, looked up in the database after a fault: nothing lost, nothing answered twice, in
order, and all that a turn leaves behind or nothing of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from citizens import Citizen, WebCitizen
from sqlalchemy import select

from foundation.database import Database
from foundation.dialogue import tracker_events
from foundation.inbox import DONE, inbox
from foundation.outbox import outbox
from insights.turns import turns
from knowledge_base.answering.phrases import phrase
from knowledge_base.records import answer_records

APOLOGY = phrase("too_often_failed", hotline="12345")


def kept(database: Database, citizens: Sequence[Citizen]) -> int:
    """Check each conversation; returns how many messages were answered in all."""
    for citizen in citizens:
        assert not citizen.given_up, f"{citizen.name}: {citizen.given_up}"
        assert not citizen.odd, f"{citizen.name}: {citizen.odd}"
        _conversation(database, citizen)
    return sum(len(citizen.exchanges) for citizen in citizens)


def _conversation(database: Database, citizen: Citizen) -> None:
    name = conversation_of(database, citizen)
    with database.read() as tx:
        messages = tx.execute(select(inbox).where(inbox.c.conversation == name).order_by(inbox.c.id)).all()
        replies = tx.execute(select(outbox).where(outbox.c.conversation == name).order_by(outbox.c.id)).all()
        records = tx.execute(select(answer_records).where(answer_records.c.conversation == name)).all()
        heard = tx.execute(
            select(tracker_events.c.body)
            .where(tracker_events.c.conversation == name, tracker_events.c.type == "user")
            .order_by(tracker_events.c.id)
        ).scalars()
        heard_ids = [event["message_id"] for event in heard]
        counted = len(tx.execute(select(turns.c.id).where(turns.c.conversation == name)).all())
    sent = [exchange.id for exchange in citizen.exchanges]
    assert [row.message_id for row in messages] == sent, f"{name}: none lost, none twice, in order"
    assert {row.state for row in messages} <= {DONE} and all(row.body is None for row in messages), name
    of_message = defaultdict(list)
    for reply in replies:
        of_message[reply.inbox_id].append(reply)
    assert [reply.inbox_id for reply in replies] == sorted(reply.inbox_id for reply in replies), f"{name}: in order"
    record_of = {record.inbox_id: record for record in records}
    assert len(record_of) == len(records), f"{name}: one record each"
    for row, exchange in zip(messages, citizen.exchanges):
        mine = of_message[row.id]
        assert [reply.position for reply in mine] == list(range(len(mine))) and mine, f"{name} {row.message_id}: once"
        assert [reply.last for reply in mine] == [0] * (len(mine) - 1) + [1]
        assert exchange.texts == [reply.body.get("text", "") for reply in mine], f"{name} {row.message_id}: as shown"
        assert APOLOGY not in exchange.texts, f"{name} {row.message_id} was answered with an apology"
        number = mine[-1].body["custom"]["answer"].get("record")
        assert (record_of[row.id].number if row.id in record_of else None) == number, "record and reply together"
    assert heard_ids == sent, f"{name}: what the conversation remembers"
    assert counted == len(messages), f"{name}: what the statistics count"


def conversation_of(database: Database, citizen: Citizen) -> str:
    """Its key in the database; that of a web chat stands in no frame, but its turns do."""
    if not isinstance(citizen, WebCitizen):
        return citizen.conversation
    turn = next(iter(citizen.turns))
    with database.read() as tx:
        return str(tx.execute(select(inbox.c.conversation).where(inbox.c.id == turn)).scalar_one())


def all_done(database: Database) -> Counter[str]:
    """The states of all messages."""
    with database.read() as tx:
        return Counter(tx.execute(select(inbox.c.state)).scalars())
