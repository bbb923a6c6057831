"""Pages learn that something changed: every change, from whichever process, and at little cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from desk_people import NOW, ask, hire
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from desk import (
    approvals,
    canned,
    changes,
    closures,
    handovers,
    leaving,
    marks,
    notes,
    presence,
    ratings,
    speech,
    tasks,
)
from desk.handovers import Handover
from desk.tables import changes as rows
from foundation.database import Database


def news(database: Database, before: dict[str, int]) -> set[str]:
    with database.read() as tx:
        after = changes.version(tx)
    return {topic for topic, number in after.items() if before.get(topic) != number}


def test_what_changed_is_named_and_nothing_else(database: Database) -> None:
    with database.write() as tx:
        changes.touch(tx, "queue", "tasks", "queue")
    with database.read() as tx:
        before = changes.version(tx)
    assert before.keys() == {"queue", "tasks"} and news(database, before) == set()
    with database.write() as tx:
        changes.touch(tx, "tasks")
    assert news(database, before) == {"tasks"}


def test_what_is_rolled_back_has_not_changed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as tx:
        changes.touch(tx, "queue")
        raise ZeroDivisionError
    assert news(database, {}) == set()


def test_a_change_that_commits_late_is_seen_all_the_same(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    with database.write() as slow:
        changes.touch(slow, "queue")
        with database.write() as tx:
            changes.touch(tx, "queue")
        with database.read() as tx:
            before = changes.version(tx)
    assert news(database, before) == {"queue"}


def test_no_change_is_missed_however_many_there_are(database: Database) -> None:
    with database.read() as tx:
        before = changes.version(tx)
    for number in range(1300):
        with database.write() as tx:
            changes.touch(tx, f"conversation:{number % 7}")
            if number % 100 == 50:
                changes.purge(tx)
        if number % 37 == 0:
            assert f"conversation:{number % 7}" in news(database, before)
            with database.read() as tx:
                before = changes.version(tx)
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(rows)).scalar_one() <= 1500


def test_every_act_is_told_of(database: Database) -> None:
    with database.write() as tx:
        hire(tx, "wang")
        hire(tx, "li")
        one = ask(tx, "web:a")
    mine = f"conversation:{one.id}"

    def act(does: Callable[[Connection, Handover], object], *topics: str) -> None:
        with database.write() as tx:
            found = handovers.get(tx, one.id)
            before = changes.version(tx)
            does(tx, found)
        assert news(database, before) == set(topics)

    act(lambda tx, it: speech.hear(tx, it, "在吗", NOW), mine, "queue")
    act(lambda tx, it: handovers.raise_priority(tx, it.id, NOW), mine, "queue")
    act(lambda tx, it: handovers.take(tx, it.id, "wang", NOW), mine, "queue")
    act(lambda tx, it: speech.say(tx, it, "wang", "您好", "k", NOW), mine, "queue")
    act(lambda tx, it: speech.say(tx, it, "wang", "您好", "k", NOW))
    act(lambda tx, it: notes.add(tx, "web:a", it.id, "wang", "老人，请慢些", NOW), mine)
    act(lambda tx, it: handovers.transfer(tx, it.id, "wang", NOW, to="li"), mine, "queue")
    act(lambda tx, it: handovers.end(tx, it.id, "li", NOW), mine, "queue")
    act(lambda tx, it: handovers.close(tx, it.id, "li", "answered", "", NOW), mine, "queue")
    act(lambda tx, it: handovers.withdraw(tx, it.id, NOW, "back"))
    act(lambda tx, it: ratings.rate(tx, ratings.NewRating("web:a", "web", 1), NOW, NOW), "ratings", "tasks")
    act(lambda tx, it: tasks.take(tx, 1, "wang", NOW), "tasks")
    act(lambda tx, it: presence.beat(tx, "wang", NOW))
    act(lambda tx, it: presence.set_available(tx, "wang", False, NOW), "presence")
    act(lambda tx, it: canned.put(tx, "好", "好", "wang", NOW), "canned")
    act(lambda tx, it: marks.put(tx, "person", "wang", NOW, words=["信访"]), "marks")
    act(lambda tx, it: closures.announce(tx, NOW.date(), "", "", "wang", NOW), "closures")
    new = approvals.NewApproval("web:a", "web", "turn:1", "问", {"text": "答"})
    act(lambda tx, it: approvals.ask(tx, new, NOW, NOW), "approvals", "tasks")
    act(lambda tx, it: approvals.confirm(tx, 1, "wang", NOW), "approvals", "tasks")
    act(lambda tx, it: leaving.drop_unreachable(tx, NOW, {}, NOW))
