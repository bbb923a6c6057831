from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import insert

from channels.watch import Tail
from foundation.database import Database
from foundation.outbox import PENDING, outbox

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)


def row(number: int, conversation: str = "web:a") -> dict[str, Any]:
    return {
        "id": number, "conversation": conversation, "channel": "web", "position": 0, "last": 1, "body": {"text": "x"},
        "state": PENDING, "attempts": 0, "created_at": NOW,
    }  # fmt: skip


def read(database: Database, tail: Tail) -> list[int]:
    with database.read() as tx:
        return [reply.id for reply in tail.read(tx, ["web:a"])]


def add(database: Database, *rows: dict[str, Any]) -> None:
    with database.write() as tx:
        tx.execute(insert(outbox), list(rows))


def test_only_what_comes_after_the_first_look(database: Database) -> None:
    tail = Tail(in_order=database.is_sqlite)
    add(database, row(1), row(2))
    assert read(database, tail) == []
    add(database, row(3), row(4, "web:b"), row(5))
    assert read(database, tail) == [3, 5]
    assert read(database, tail) == []


def test_a_row_that_becomes_visible_late_is_not_missed(database: Database) -> None:
    """As on PostgreSQL, where ids are given out before the commit."""
    tail = Tail(in_order=False)
    add(database, row(10))
    read(database, tail)
    add(database, row(12))
    assert read(database, tail) == [12]
    add(database, row(11), row(13))
    assert read(database, tail) == [11, 13]
    assert read(database, tail) == []


def test_many_rows_at_once(database: Database) -> None:
    tail = Tail(in_order=database.is_sqlite)
    read(database, tail)
    add(database, *(row(number) for number in range(1, 1201)))
    assert read(database, tail) == list(range(1, 1201))


def test_a_forgotten_tail_takes_position_anew(database: Database) -> None:
    tail = Tail(in_order=True)
    read(database, tail)
    tail.forget()
    add(database, row(1))
    assert read(database, tail) == []
