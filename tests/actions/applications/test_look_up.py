"""A look-up is counted, made and audited; guessing teaches nothing."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from guarded_portal import (
    CODE,
    COMPANY,
    LAST_FOUR,
    NUMBER,
    OTHER,
    PERSON,
    SOMEBODY_ELSE,
    GuardedPortal,
    around,
)
from sqlalchemy import select

from actions.applications import attempts as book
from actions.applications.attempts import PER_NUMBER, PER_PERSON
from actions.applications.look_up import Closed, Locked, Person, look_up, mine, send_code
from actions.portal import metrics
from actions.portal.access import LastFour, OneTimeCode, SignedIn
from actions.portal.errors import CodeExpired, Malformed, NotMatched, PortalError, TimedOut, TooManyAttempts
from actions.surroundings import Surroundings, use
from foundation import audit
from foundation.attempts import Limit, attempts
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings

WRONG = LastFour("0000")


@pytest.fixture
def portal() -> GuardedPortal:
    return GuardedPortal()


@pytest.fixture
def here(portal: GuardedPortal, database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(portal, database, clock, settings)
    yield given
    use(None)
    given.executor.close()


def audited(here: Surroundings) -> list[audit.Entry]:
    """What the audit log has, oldest first."""
    with here.database.read() as tx:
        return audit.entries(tx, limit=100_000)[::-1]


def counted(here: Surroundings) -> list[int]:
    with here.database.read() as tx:
        return sorted(tx.execute(select(attempts.c.failures)).scalars())


async def outcome(here: Surroundings, proof: Any, who: Person = PERSON, number: str = NUMBER) -> str:
    """All that somebody who looks up can see of what came of it."""
    try:
        found = await look_up(here, number, proof, who)
    except PortalError as error:
        return type(error).__name__
    return found.number


async def test_a_right_proof_opens_and_costs_nothing(here: Surroundings) -> None:
    for _ in range(20):
        assert await outcome(here, LastFour(LAST_FOUR)) == NUMBER
    assert counted(here) == [0, 0, 0]


async def test_every_look_up_is_audited_without_personal_data(here: Surroundings) -> None:
    await outcome(here, LastFour(LAST_FOUR))
    await outcome(here, LastFour("987X"), SOMEBODY_ELSE)
    await outcome(here, OneTimeCode(f"for {NUMBER}", CODE))
    await outcome(here, SignedIn("token"))
    await send_code(here, NUMBER, PERSON)
    await mine(here, SignedIn("token"), PERSON)
    found = [(one.action, *one.detail.values()) for one in audited(here)]
    assert found == [
        ("application.lookup", "web", "last_four", "ok"),
        ("application.lookup", "wechat", "last_four", "not_matched"),
        ("application.lookup", "web", "code", "ok"),
        ("application.lookup", "web", "signed_in", "ok"),
        ("application.lookup", "web", "send", "ok"),
        ("application.list", "web", "signed_in", "ok"),
    ]
    everything = repr(audited(here))
    for personal in (NUMBER, LAST_FOUR, "987X", CODE, "token", PERSON.conversation, SOMEBODY_ELSE.conversation):
        assert personal not in everything
    first, second = (one.subject for one in audited(here)[:2])
    assert first == second and re.fullmatch("application:[0-9a-f]{16}", first)
    assert {one.account for one in audited(here)} == {"citizen"}


@pytest.mark.parametrize("fault", [TimedOut("late"), Malformed("nonsense"), TooManyAttempts("enough", 60)])
async def test_what_told_nothing_is_not_counted(here: Surroundings, portal: GuardedPortal, fault: PortalError) -> None:
    portal.fault = fault
    for _ in range(PER_PERSON.most + 3):
        with pytest.raises(type(fault)):
            await look_up(here, NUMBER, WRONG, PERSON)
    assert counted(here) == [0, 0, 0]
    assert {one.detail["outcome"] for one in audited(here)} == {fault.outcome}


async def test_an_expired_code_tells_nothing(here: Surroundings, portal: GuardedPortal) -> None:
    portal.used = {f"for {NUMBER}"}
    with pytest.raises(CodeExpired):
        await look_up(here, NUMBER, OneTimeCode(f"for {NUMBER}", CODE), PERSON)
    assert counted(here) == [0, 0]


async def test_an_attempt_is_counted_before_the_portal_is_asked(here: Surroundings, portal: GuardedPortal) -> None:
    class Killed(BaseException):
        """What ends a process."""

    async def killed(*_: Any) -> Any:
        assert counted(here) == [1, 1, 1]
        raise Killed

    portal.application = killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await look_up(here, NUMBER, WRONG, PERSON)
    assert counted(here) == [1, 1, 1]


async def test_a_person_who_tries_too_often_is_told_until_when(here: Surroundings, portal: GuardedPortal) -> None:
    for n in range(PER_PERSON.most):
        assert await outcome(here, WRONG, number=f"SLS2026-000000-000{n}") == "NotMatched"
    with pytest.raises(Locked) as locked:
        await look_up(here, OTHER, LastFour(LAST_FOUR), PERSON)
    assert locked.value.until == here.clock.now() + PER_PERSON.within
    assert len(portal.asked) == PER_PERSON.most
    assert audited(here)[-1].detail["outcome"] == "locked person"


async def test_codes_cost_a_message_each_and_are_limited(here: Surroundings, portal: GuardedPortal) -> None:
    for n in range(PER_NUMBER.most):
        await send_code(here, COMPANY, Person(f"web:{n}", "web"))
    with pytest.raises(TooManyAttempts):
        await send_code(here, COMPANY, Person("web:new", "web"))
    assert portal.asked == ["send_code"] * PER_NUMBER.most
    assert "application.locked" not in {one.action for one in audited(here)}


async def test_who_is_signed_in_is_not_counted(here: Surroundings) -> None:
    for _ in range(PER_NUMBER.most + 3):
        assert await outcome(here, SignedIn("token"), number=COMPANY) == "NotMatched"
    assert counted(here) == []


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.long])])
async def test_guesses_at_one_number_from_many_senders(
    here: Surroundings, portal: GuardedPortal, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    """Blocked after five, alarmed once, and nothing learned: a right proof reads like a wrong one."""
    alarms = metrics.locked.labels("last_four")._value.get()
    caplog.set_level(logging.WARNING)
    guesses = [LastFour(f"{n:04}") for n in range(count)]
    guesses[count // 2] = LastFour(LAST_FOUR)
    seen: set[str] = set()

    async def guess(first: int) -> None:
        for n in range(first, len(guesses), 2):
            seen.add(await outcome(here, guesses[n], Person(f"rest:{n % (count // 4)}", "rest")))

    await asyncio.gather(*(guess(first) for first in range(2)))
    assert seen == {"NotMatched"}
    assert portal.asked == ["application"] * PER_NUMBER.most
    assert metrics.locked.labels("last_four")._value.get() == alarms + 1
    warned = [record.getMessage() for record in caplog.records if "guessed" in record.getMessage()]
    assert len(warned) == 1 and NUMBER not in caplog.text
    entries = audited(here)
    assert len(entries) == len(guesses) + 1
    assert [one.action for one in entries].count("application.locked") == 1


async def test_what_is_locked_reads_like_a_wrong_proof_whatever_the_proof(here: Surroundings) -> None:
    for n in range(PER_NUMBER.most):
        await outcome(here, WRONG, Person(f"web:{n}", "web"))
    before = counted(here)
    with pytest.raises(NotMatched) as wrong:
        await look_up(here, NUMBER, WRONG, Person("web:x", "web"))
    with pytest.raises(NotMatched) as right:
        await look_up(here, NUMBER, LastFour(LAST_FOUR), Person("web:y", "web"))
    assert str(wrong.value) == str(right.value)
    assert counted(here) == sorted([*before, 1, 1])
    here.clock.advance(days=1)  # type: ignore[attr-defined]
    assert await outcome(here, LastFour(LAST_FOUR), Person("web:y", "web")) == NUMBER


async def test_a_spray_is_stopped_for_the_whole_office_and_reported_once(
    here: Surroundings, portal: GuardedPortal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ever new conversations at ever new numbers: no last four is looked at any more, a code and a sign-in are."""
    monkeypatch.setattr(book, "PER_OFFICE", Limit(20, timedelta(hours=1)))
    caplog.set_level(logging.WARNING)
    seen: list[str] = []

    async def spray(first: int) -> None:
        for n in range(first, 60, 2):
            seen.append(await outcome(here, WRONG, Person(f"web:{n}", "web"), f"SLS2026-000000-{n:04}"))

    await asyncio.gather(*(spray(first) for first in range(2)))
    assert sorted(seen) == ["Closed"] * 40 + ["NotMatched"] * 20
    assert portal.asked == ["application"] * 20
    with pytest.raises(Closed) as closed:
        await look_up(here, NUMBER, LastFour(LAST_FOUR), PERSON)
    assert closed.value.until == here.clock.now() + timedelta(hours=1)
    assert await outcome(here, OneTimeCode(f"for {NUMBER}", CODE)) == NUMBER
    assert await outcome(here, SignedIn("token")) == NUMBER
    [entry] = [one for one in audited(here) if one.action == "last_four.closed"]
    assert (entry.account, entry.subject, entry.detail) == ("citizen", "office", {"wrong": 20})
    assert len([one for one in caplog.records if "wrong" in one.getMessage()]) == 1
    assert "SLS2026" not in repr(entry) + caplog.text
    here.clock.advance(hours=1)  # type: ignore[attr-defined]
    assert await outcome(here, LastFour(LAST_FOUR)) == NUMBER
