"""A reader that goes on from the last id steps over no row, in whatever order transactions commit."""

from __future__ import annotations

import random
import threading
import time
from datetime import datetime, timedelta, timezone

from sqlalchemy import delete, select

from foundation import cursors, dialogue, leases
from foundation.cursors import Horizon
from foundation.database import Database
from foundation.dialogue import tracker_events

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
WRITERS, EACH = 6, 20


def add(database: Database, writer: int, pause: float = 0.0) -> None:
    """An event in a transaction that has changed something else before, as a turn's has."""
    with database.write() as tx:
        leases.acquire(tx, f"turn {writer}", "a", NOW, timedelta(days=1))
        dialogue.append(tx, f"rest:{writer}", [dialogue.heard("问", "rest", NOW)])
        time.sleep(pause)


def read_on(database: Database, horizon: Horizon, after: int) -> list[int]:
    """Ids behind `after` and before the horizon."""
    reached = horizon.look() or 0
    with database.read() as tx:
        query = select(tracker_events.c.id).where(tracker_events.c.id > after, tracker_events.c.id <= reached)
        return list(tx.execute(query.order_by(tracker_events.c.id)).scalars())


def all_ids(database: Database) -> list[int]:
    with database.read() as tx:
        return list(tx.execute(select(tracker_events.c.id).order_by(tracker_events.c.id)).scalars())


def test_no_row_is_stepped_over_while_transactions_overlap(database: Database) -> None:
    def write(writer: int) -> None:
        drawn = random.Random(writer)
        for _ in range(EACH):
            add(database, writer, drawn.uniform(0, 0.02))

    writing = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in writing:
        thread.start()
    horizon, seen = Horizon(database, tracker_events), [0]
    until = time.monotonic() + 60
    while len(seen) <= WRITERS * EACH and time.monotonic() < until:
        seen += read_on(database, horizon, seen[-1])
    for thread in writing:
        thread.join()
    assert seen[1:] == all_ids(database)


def test_what_is_behind_an_open_transaction_waits_for_it(database: Database) -> None:
    if database.is_sqlite:
        return  # one writer at a time
    horizon = Horizon(database, tracker_events)
    with database.write() as tx:
        leases.acquire(tx, "slow", "a", NOW, timedelta(days=1))
        dialogue.append(tx, "rest:slow", [dialogue.heard("问", "rest", NOW)])
        add(database, 1)
        assert [read_on(database, horizon, 0) for _ in range(3)] == [[]] * 3
    assert [read_on(database, horizon, 0) for _ in range(2)][-1] == all_ids(database)


def test_an_erased_id_is_not_given_out_again(database: Database) -> None:
    add(database, 1)
    add(database, 2)
    before = all_ids(database)
    with database.write() as tx:
        tx.execute(delete(tracker_events))
    add(database, 3)
    assert all_ids(database)[0] > before[-1]


def test_a_position_is_kept_until_it_moves(database: Database) -> None:
    with database.write() as tx:
        assert cursors.position(tx, "events") is None
        cursors.move(tx, "events", 7, NOW)
        cursors.move(tx, "others", 1, NOW)
        cursors.move(tx, "events", 2**40, NOW)
    with database.read() as tx:
        assert cursors.position(tx, "events") == 2**40
