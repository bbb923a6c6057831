"""The books of reminders: what a look-up allows, for how long, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sample_applications import NUMBER
from watched_portal import (
    CONVERSATION,
    TOKEN,
    WatchedPortal,
    around,
    looked_up,
    rows,
    turned_on,
    waits_for,
    watched,
)

from actions.applications import reminders
from actions.applications.reminders import Result
from actions.portal.application import OVER, State
from actions.surroundings import Surroundings, use
from foundation import erasure
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings

OTHER = "SLS2026-110412-0099"


@pytest.fixture
def here(database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(WatchedPortal(), database, clock, settings)
    yield given
    use(None)
    given.executor.close()


def result(here: Surroundings, conversation: str = CONVERSATION) -> Result:
    found: Result = turned_on(here, conversation).result
    return found


def stopped(here: Surroundings, said: str = "不用提醒了") -> int:
    with here.database.write() as tx:
        return reminders.stop(tx, here.cipher, CONVERSATION, said, here.clock.now())


def test_what_was_looked_up_is_turned_on_once(here: Surroundings) -> None:
    assert looked_up(here, watched(State.REVIEW))
    done = turned_on(here)
    assert done.result is Result.ON and done.reminder.title == "居住证申领" and done.reminder.state is State.REVIEW
    assert result(here) is Result.ALREADY
    assert not looked_up(here, watched(State.REVIEW)), "it is not offered again"
    assert result(here) is Result.ALREADY and len(rows(here.database)) == 1


def test_without_a_look_up_in_this_conversation_there_is_nothing(here: Surroundings, clock: FixedClock) -> None:
    assert result(here) is Result.NOTHING
    looked_up(here, watched(State.REVIEW), "wechat:oB")
    assert result(here) is Result.NOTHING
    looked_up(here, watched(State.REVIEW))
    clock.advance(minutes=29)
    assert result(here) is Result.ON


def test_a_look_up_is_a_proof_for_half_an_hour(here: Surroundings, clock: FixedClock) -> None:
    looked_up(here, watched(State.REVIEW))
    clock.advance(minutes=30)
    assert result(here) is Result.NOTHING
    with here.database.write() as tx:
        assert reminders.purge(tx, clock.now()) == 1
    assert rows(here.database) == []


def test_what_waits_cannot_be_read(here: Surroundings) -> None:
    looked_up(here, watched(State.REVIEW))
    [row] = rows(here.database)
    shown = repr({**row, "access": row["access"].decode("latin-1")})
    assert NUMBER not in shown and TOKEN not in shown and "居住证" not in shown
    reminder = turned_on(here).reminder
    assert NUMBER not in repr(reminder) and TOKEN not in repr(reminder)


def test_the_latest_look_up_is_meant(here: Surroundings, clock: FixedClock) -> None:
    looked_up(here, watched(State.REVIEW))
    clock.advance(minutes=1)
    looked_up(here, watched(State.REVIEW, OTHER, "t2", item_name="护照首次申领"))
    assert turned_on(here).reminder.title == "护照首次申领"
    clock.advance(minutes=1)
    looked_up(here, watched(State.REVIEW))
    assert turned_on(here).reminder.title == "居住证申领"


@pytest.mark.parametrize("state", sorted(OVER, key=lambda state: state.value))
def test_what_is_over_is_not_offered(here: Surroundings, state: State) -> None:
    assert not looked_up(here, watched(state))
    assert result(here) is Result.OVER


def test_a_portal_that_cannot_be_asked_again(database: Database, clock: FixedClock, settings: Settings) -> None:
    here = around(WatchedPortal("with_last_four"), database, clock, settings)
    try:
        assert not looked_up(here, watched(State.REVIEW))
        assert result(here) is Result.NOT_OFFERED
        assert not looked_up(here, watched(State.REVIEW, token=None))
        assert result(here) is Result.NOT_OFFERED
    finally:
        use(None)


def test_a_new_look_up_renews_what_is_on(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    clock.advance(days=80)
    assert not looked_up(here, watched(State.CORRECTION, token="newer"))
    [row] = rows(here.database)
    assert row["state"] == "correction" and row["created_at"] == clock.now() and row["next_at"] is not None
    with here.database.read() as tx:
        found = reminders.due(tx, here.cipher, clock.now())
    assert found is not None and found.token == "newer"


def test_a_look_up_that_shows_the_end_ends_it(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    assert not looked_up(here, watched(State.DELIVERED))
    with here.database.read() as tx:
        assert reminders.due(tx, here.cipher, clock.now() + timedelta(days=9)) is None
    assert result(here) is Result.OVER


def test_stopping_all_leaves_nothing_to_ask_with(here: Surroundings) -> None:
    waits_for(here, watched(State.REVIEW))
    waits_for(here, watched(State.REVIEW, OTHER, "t2"))
    assert stopped(here) == 2 and stopped(here) == 0
    assert [(row["outcome"], row["access"], row["next_at"]) for row in rows(here.database)] == [
        ("stopped", b"", None)
    ] * 2
    assert result(here) is Result.NOTHING
    assert looked_up(here, watched(State.REVIEW)) and result(here) is Result.ON, "and on again after a look-up"


@pytest.mark.parametrize(
    "said", [f"{OTHER}不用提醒了", "护照首次申领不用提醒了", "编号ｓｌｓ2026 110412 0099的别提醒了"]
)
def test_stopping_one(here: Surroundings, said: str) -> None:
    waits_for(here, watched(State.REVIEW))
    waits_for(here, watched(State.REVIEW, OTHER, "t2", item_name="护照首次申领"))
    assert stopped(here, said) == 1
    assert [row["outcome"] for row in rows(here.database)] == [None, "stopped"]


def test_of_two_that_read_the_same_only_one_has_its_way(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    with here.database.write() as tx:
        found = reminders.due(tx, here.cipher, clock.now())
        assert found is not None
        later = clock.now() + timedelta(hours=1)
        assert reminders.seen(tx, here.cipher, found, watched(State.GRANTED), later)
        assert not reminders.seen(tx, here.cipher, found, watched(State.GRANTED), later)
        assert not reminders.end(tx, found, reminders.TOLD, clock.now())
        assert not reminders.failed(tx, found, later)
        assert reminders.due(tx, here.cipher, clock.now()) is None


def test_what_was_stopped_or_erased_meanwhile_is_not_told(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    with here.database.read() as tx:
        found = reminders.due(tx, here.cipher, clock.now())
    assert found is not None
    stopped(here)
    with here.database.write() as tx:
        assert not reminders.seen(tx, here.cipher, found, watched(State.GRANTED), clock.now())
        assert erasure.erase_everything(tx, CONVERSATION)["reminders"] == 1
        assert not reminders.end(tx, found, reminders.TOLD, clock.now())
    assert rows(here.database) == []


def test_another_key_makes_it_unreadable_not_a_failure(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    with here.database.read() as tx:
        found = reminders.due(tx, Cipher(b"k" * 32), clock.now())
    assert found is not None and found.token is None and found.title == ""


def test_how_it_ended_is_forgotten_after_a_month(here: Surroundings, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    stopped(here)
    waits_for(here, watched(State.REVIEW, OTHER, "t2"))
    clock.advance(days=29)
    with here.database.write() as tx:
        assert reminders.purge(tx, clock.now()) == 0
    clock.advance(days=1)
    with here.database.write() as tx:
        assert reminders.purge(tx, clock.now()) == 1
    [row] = rows(here.database)
    assert row["next_at"] is not None
