"""What a gateway asks the database for costs as much late in a conversation as early."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import Connection

from channels import gateway
from channels.receipts import Receipts
from foundation import outbox
from foundation.database import Database
from foundation.inbox import DONE, inbox
from tests.conftest import NOW

Work = Callable[[Connection, str, int], object]


def receipt(tx: Connection, conversation: str, last: int) -> None:
    Receipts(up_to={conversation: last}, above={conversation: last - 1}).store(tx, NOW)


def open_turns(tx: Connection, conversation: str, last: int) -> None:
    tx.execute(gateway._OPEN, {"of": conversation}).all()


def news(tx: Connection, conversation: str, last: int) -> None:
    outbox.after(tx, conversation, last - 1)


def said(tx: Connection, conversation: str, messages: int) -> int:
    """Have a conversation of so many messages, all of them answered and seen; the id of the last reply."""
    message = {"conversation": conversation, "channel": "web", "state": DONE, "received_at": NOW}
    reply = {"conversation": conversation, "channel": "web", "position": 0, "last": 1, "body": {}, "created_at": NOW}
    tx.execute(insert(inbox), [message] * messages)
    tx.execute(insert(outbox.outbox), [{**reply, "state": outbox.DELIVERED}] * messages)
    return max(one.id for one in outbox.after(tx, conversation, 0, limit=messages))


def steps(tx: Connection, work: Callable[[], object]) -> int:
    """How many hundreds of instructions SQLite carries out for it."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    connection = tx.connection.dbapi_connection
    connection.set_progress_handler(count, 100)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return counted


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("work", [receipt, open_turns, news])
def test_the_thousandth_message_costs_as_much_as_the_fifth(database: Database, work: Work) -> None:
    with database.write() as tx:
        short, long = said(tx, "web:short", 5), said(tx, "web:long", 3_000)
        few = steps(tx, lambda: work(tx, "web:short", short))
        assert steps(tx, lambda: work(tx, "web:long", long)) <= few + 3
