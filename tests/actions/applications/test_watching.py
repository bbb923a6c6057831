"""Watching: what is told, once; what is not; how often the portal is asked; how a reminder ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_applications import NUMBER, city
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from watched_portal import (
    CONVERSATION,
    TOKEN,
    WatchedPortal,
    around,
    recorded,
    rows,
    told,
    waits_for,
    watched,
    watching,
)

from actions.applications import news
from actions.applications import watching as module
from actions.applications.watching import Watching, pause
from actions.portal.application import State
from actions.portal.errors import AccessExpired, Malformed, Misconfigured, PortalError, TooManyAttempts, Unavailable
from actions.surroundings import Surroundings, use
from actions.tables import reminders as table
from foundation import leases
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings

TELLING = [state for state in State if state not in news.QUIET]


@pytest.fixture
def portal() -> WatchedPortal:
    return WatchedPortal()


@pytest.fixture
def here(portal: WatchedPortal, database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(portal, database, clock, settings)
    yield given
    use(None)
    given.executor.close()


def minutes(row_next: datetime, clock: FixedClock) -> float:
    return (row_next - clock.now()).total_seconds() / 60


@pytest.mark.parametrize("state", TELLING)
async def test_what_asks_something_or_ends_it_is_told_once(
    here: Surroundings, portal: WatchedPortal, clock: FixedClock, state: State
) -> None:
    before = State.REVIEW
    waits_for(here, watched(before))
    portal.says[TOKEN] = watched(state, state_text="办理中" if state is State.UNKNOWN else None)
    watch = watching(here)
    for _ in range(3):
        await watch.step()
        clock.advance(days=1, hours=3)
    [reply] = told(here.database)
    assert reply.channel == "wechat" and reply.inbox_id is None and reply.last
    answer = reply.body["custom"]["answer"]
    assert answer["kind"] == "status" and answer["application"]["state"] == state.value
    assert answer["title"] == "居住证申领" and answer["release"] == city().release
    assert "新进展" in reply.body["text"] and NUMBER not in str(reply.body)
    [record] = recorded(here.database)
    assert record.number == answer["record"] and record.text == reply.body["text"]
    assert record.payload == answer and record.conversation == CONVERSATION and record.engine
    [row] = rows(here.database)
    assert row["state"] == state.value and (row["outcome"] == "told") == state.over == (row["access"] == b"")
    assert len(portal.asked) == (1 if state.over else 3)


@pytest.mark.parametrize("state", sorted(news.QUIET, key=lambda state: state.value))
async def test_what_asks_nothing_is_not_told(here: Surroundings, portal: WatchedPortal, state: State) -> None:
    waits_for(here, watched(State.SPECIAL))
    portal.says[TOKEN] = watched(state)
    assert await watching(here).step()
    assert told(here.database) == [] and rows(here.database)[0]["state"] == state.value


async def test_a_way_through_all_states(here: Surroundings, portal: WatchedPortal, clock: FixedClock) -> None:
    waits_for(here, watched(State.SUBMITTED))
    way = [State.SUBMITTED, State.CORRECTION, State.CORRECTION, State.ACCEPTED, State.REVIEW, State.SPECIAL,
           State.REVIEW, State.GRANTED, State.PRODUCING, State.READY, State.DELIVERED]  # fmt: skip
    for state in way:
        portal.says[TOKEN] = watched(state)
        assert await watching(here, "one").step()
        clock.advance(days=1, hours=3)
    assert not await watching(here, "one").step(), "it is over"
    states = [reply.body["custom"]["answer"]["application"]["state"] for reply in told(here.database)]
    assert states == ["correction", "special_procedure", "granted", "ready", "delivered"]
    assert "要补材料" in told(here.database)[0].body["text"]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.CORRECTION, "application.changed"),
        (State.SPECIAL, "application.changed"),
        (State.GRANTED, "application.decided"),
        (State.REFUSED, "application.decided"),
        (State.RETURNED, "application.decided"),
    ],
)
async def test_what_a_template_can_show_of_it(
    here: Surroundings, portal: WatchedPortal, state: State, event: str
) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = watched(state, state_text="窗口待领", reason="有人举报")
    await watching(here).step()
    [reply] = told(here.database)
    notice = reply.body["custom"]["notice"]
    assert notice["event"] == event and set(notice["values"]) == {"title", "number", "state"}
    assert notice["values"]["title"] == "居住证申领" and notice["values"]["state"] == "窗口待领"
    assert NUMBER not in str(notice) and notice["values"]["number"].startswith("SLS2")


async def test_two_that_watch_at_the_same_time_tell_once(
    here: Surroundings, portal: WatchedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if there were no lease: the books alone."""
    monkeypatch.setattr(module.leases, "acquire", lambda tx, name, holder, *_: leases.Lease(name, holder, 1))
    portal.seconds = 0.05
    portal.says[TOKEN] = watched(State.GRANTED)
    waits_for(here, watched(State.REVIEW))
    await asyncio.gather(*(watching(here, f"w{number}").step() for number in range(4)))
    assert len(portal.asked) > 1 and len(told(here.database)) == 1 and len(recorded(here.database)) == 1


async def test_one_process_asks(here: Surroundings, portal: WatchedPortal, clock: FixedClock) -> None:
    portal.says[TOKEN] = watched(State.REVIEW)
    waits_for(here, watched(State.REVIEW))
    one, other = watching(here, "one"), watching(here, "other")
    assert await one.step()
    waits_for(here, watched(State.REVIEW, "SLS2026-110412-0099", TOKEN))
    assert not await other.step() and len(portal.asked) == 1
    clock.advance(seconds=21)
    assert await other.step(), "the lease of one who is gone runs out"
    assert len(portal.asked) == 2


async def test_a_process_killed_before_its_commit_has_changed_nothing(
    here: Surroundings, portal: WatchedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.says[TOKEN] = watched(State.GRANTED)
    waits_for(here, watched(State.REVIEW))
    before = rows(here.database)

    def die(*_: object) -> None:
        raise asyncio.CancelledError

    for broken in ("outbox.add", "records.write"):
        owner, _, name = broken.partition(".")
        with monkeypatch.context() as patch:
            patch.setattr(getattr(news, owner), name, die)
            with pytest.raises(asyncio.CancelledError):
                await watching(here, "one").step()
        assert rows(here.database) == before and told(here.database) == [] and recorded(here.database) == []
    assert await watching(here, "one").step()
    assert len(told(here.database)) == 1


@pytest.mark.parametrize("error", [Unavailable("down"), Malformed("nonsense"), Misconfigured("key"), KeyError("ours")])
async def test_a_portal_in_trouble_is_asked_later_and_later(
    here: Surroundings, portal: WatchedPortal, clock: FixedClock, error: Exception
) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = error
    pauses = []
    watch = watching(here)
    for failures in range(1, 8):
        assert await watch.step() and not await watch.step()
        [row] = rows(here.database)
        assert row["failures"] == failures and row["state"] == "review"
        pauses.append(minutes(row["next_at"], clock))
        clock.advance(minutes=pauses[-1])
    assert all(0.9 * 60 * 2**n <= found <= 1.1 * 60 * 2**n for n, found in enumerate(pauses[:4], 1)), pauses
    assert max(pauses) <= 1.1 * 24 * 60
    assert told(here.database) == []
    portal.says[TOKEN] = watched(State.READY)
    clock.advance(days=2)
    assert await watch.step()
    [row] = rows(here.database)
    assert row["failures"] == 0 and len(told(here.database)) == 1


async def test_a_portal_that_says_when_is_obeyed(here: Surroundings, portal: WatchedPortal, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = TooManyAttempts("too many", retry_after=5 * 3600)
    await watching(here).step()
    assert minutes(rows(here.database)[0]["next_at"], clock) == 300


async def test_an_answer_about_another_application_is_not_told(here: Surroundings, portal: WatchedPortal) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = watched(State.GRANTED, "SLS2026-999999-0001")
    await watching(here).step()
    [row] = rows(here.database)
    assert told(here.database) == [] and (row["state"], row["failures"]) == ("review", 1)


async def test_an_expired_token_ends_it_and_that_is_told(here: Surroundings, portal: WatchedPortal) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = AccessExpired("old")
    assert await watching(here, "one").step() and not await watching(here, "one").step()
    [row] = rows(here.database)
    assert (row["outcome"], row["access"], row["next_at"]) == ("expired", b"", None)
    [reply] = told(here.database)
    answer = reply.body["custom"]["answer"]
    assert "居住证申领" in reply.body["text"] and "到期" in reply.body["text"] and "notice" not in reply.body["custom"]
    assert answer["kind"] == "status" and answer["record"] == recorded(here.database)[0].number
    assert set(answer["application"]) == {"number", "state", "state_text", "events", "expected_on"}
    assert NUMBER not in str(reply.body)


async def test_it_ends_after_ninety_days(here: Surroundings, portal: WatchedPortal, clock: FixedClock) -> None:
    portal.says[TOKEN] = watched(State.REVIEW)
    waits_for(here, watched(State.REVIEW))
    days = 0
    while rows(here.database)[0]["next_at"] is not None:
        await watching(here, "one").step()
        clock.advance(hours=27)
        days += 1
        assert days < 100
    assert rows(here.database)[0]["outcome"] == "expired" and 79 <= days <= 82
    assert len(told(here.database)) == 1


async def test_an_unreadable_one_ends_without_a_call(
    here: Surroundings, portal: WatchedPortal, database: Database
) -> None:
    waits_for(here, watched(State.REVIEW))
    with database.write() as tx:
        tx.execute(update(table).values(access=b"x" * 40))
    assert await watching(here).step()
    assert portal.asked == [] and rows(database)[0]["outcome"] == "unreachable"
    assert "到期" in told(database)[0].body["text"]


async def test_a_new_token_replaces_the_old_one(here: Surroundings, portal: WatchedPortal, clock: FixedClock) -> None:
    waits_for(here, watched(State.REVIEW))
    portal.says |= {TOKEN: watched(State.REVIEW, token="rolled"), "rolled": watched(State.READY, token="rolled")}
    for _ in range(2):
        assert await watching(here, "one").step()
        clock.advance(days=2)
    assert [token for token, _ in portal.asked] == [TOKEN, "rolled"] and len(told(here.database)) == 1


async def test_many_reminders_make_one_call_a_second(
    here: Surroundings, portal: WatchedPortal, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    for number in range(4):
        token = f"t{number}"
        waits_for(here, watched(State.REVIEW, f"SLS2026-110412-010{number}", token))
        portal.says[token] = watched(State.GRANTED, f"SLS2026-110412-010{number}", token)
    loops = [asyncio.create_task(watching(here).run()) for _ in range(3)]
    deadline = asyncio.get_running_loop().time() + 20
    while len(told(here.database)) < 4:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    times = [at for _, at in portal.asked]
    assert len(times) == 4 and all(later - earlier >= 1 for earlier, later in pairwise(times)), times


async def test_the_loop_outlives_errors_of_the_database_and_ours(
    here: Surroundings, portal: WatchedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.02)
    trouble = [OperationalError("SELECT", {}, Exception("away")), RuntimeError("ours")]
    step = Watching.step

    async def twice_away(self: Watching) -> bool:
        if trouble:
            raise trouble.pop()
        return await step(self)

    monkeypatch.setattr(Watching, "step", twice_away)
    waits_for(here, watched(State.REVIEW))
    portal.says[TOKEN] = watched(State.GRANTED)
    loop = asyncio.create_task(watching(here).run())
    for _ in range(500):
        if told(here.database):
            break
        await asyncio.sleep(0.02)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert len(told(here.database)) == 1 and not trouble


async def test_nothing_personal_is_logged(
    here: Surroundings, portal: WatchedPortal, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    waits_for(here, watched(State.REVIEW))
    answers: list[PortalError | KeyError] = [Unavailable("down"), KeyError("ours"), AccessExpired("old")]
    for answer in answers:
        portal.says[TOKEN] = answer
        await watching(here, "one").step()
        clock.advance(days=2)
    assert caplog.records
    for record in caplog.records:
        said = f"{record.getMessage()} {vars(record)}"
        assert NUMBER not in said and TOKEN not in said and "oA" not in said and "居住证" not in said


@given(st.floats(0.01, 10_000), st.integers(0, 90 * 24), st.integers(0, 2000), st.floats(0, 1e9))
def test_pauses_grow_and_stay_within_about_a_day(first: float, hours: int, failures: int, told_: float) -> None:
    found = pause(first, timedelta(hours=hours), failures, told_)
    assert timedelta() < found <= timedelta(hours=26.5)
    if hours >= 8 * 24 or (failures > 11 and first > 1):
        assert found >= timedelta(hours=21.5)


def test_the_first_look_comes_after_about_the_minutes_set() -> None:
    assert all(54 <= pause(60, timedelta()).total_seconds() / 60 <= 66 for _ in range(100))
    assert len({pause(60, timedelta()) for _ in range(20)}) > 10, "not all at the same time"
