from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from foundation import accounts, sessions
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import AccountError
from foundation.sessions import SECOND_FACTOR, staff_sessions

LIFE, IDLE = timedelta(hours=12), timedelta(minutes=60)


@pytest.fixture
def li(database: Database, clock: FixedClock) -> int:
    with database.write() as tx:
        return accounts.add(tx, "lihua", None, ["agent"], clock.now()).id


def test_a_session_lives_until_it_is_idle_or_old(database: Database, clock: FixedClock, li: int) -> None:
    with database.write() as tx:
        token = sessions.begin(tx, li, clock.now(), LIFE, browser="x" * 500, address="10.0.0.1")
        for _ in range(13):
            found = sessions.find(tx, token, clock.now(), IDLE)
            assert found is not None and found.account_id == li and len(found.browser) == 200
            clock.advance(minutes=55)
            sessions.touch(tx, found, clock.now())
        assert sessions.find(tx, token, clock.now(), IDLE) is not None
        clock.advance(minutes=10)  # twelve hours and five minutes
        assert sessions.find(tx, token, clock.now(), IDLE) is None
        token = sessions.begin(tx, li, clock.now(), LIFE)
        clock.advance(minutes=61)
        assert sessions.find(tx, token, clock.now(), IDLE) is None


def test_whoever_reads_the_table_can_sign_in_as_nobody(database: Database, clock: FixedClock, li: int) -> None:
    with database.write() as tx:
        token = sessions.begin(tx, li, clock.now(), LIFE)
        row = tx.execute(select(staff_sessions)).mappings().one()
        assert token not in {str(value) for value in row.values()}
        for stolen in (row["token"], "", "x", token[:-1], token + "x", "\ud800"):
            assert sessions.find(tx, stolen, clock.now(), IDLE) is None


def test_a_new_step_is_a_new_token(database: Database, clock: FixedClock, li: int) -> None:
    with database.write() as tx:
        before = sessions.begin(tx, li, clock.now(), LIFE, stage=SECOND_FACTOR)
        half = sessions.find(tx, before, clock.now(), IDLE)
        assert half is not None and half.expires_at - clock.now() == sessions.SECOND_FACTOR_WITHIN
        assert sessions.alive(tx, [half.id], clock.now(), IDLE) == set()
        after = sessions.renew(tx, half, clock.now(), LIFE)
        assert after != before and sessions.find(tx, before, clock.now(), IDLE) is None
        opened = sessions.find(tx, after, clock.now(), IDLE)
        assert opened is not None and opened.stage == sessions.OPEN
        with pytest.raises(AccountError, match="meanwhile"):  # signed out everywhere while the code was typed
            sessions.renew(tx, half, clock.now(), LIFE)


def test_a_disabled_account_has_no_sessions_even_if_none_was_ended(
    database: Database, clock: FixedClock, li: int
) -> None:
    with database.write() as tx:
        token = sessions.begin(tx, li, clock.now(), LIFE)
        found = sessions.find(tx, token, clock.now(), IDLE)
        assert found is not None and sessions.alive(tx, [found.id, 99], clock.now(), IDLE) == {found.id}
        accounts.disable(tx, "lihua", clock.now())
        assert sessions.find(tx, token, clock.now(), IDLE) is None
        assert sessions.alive(tx, [found.id], clock.now(), IDLE) == set()


def test_ending(database: Database, clock: FixedClock, li: int) -> None:
    with database.write() as tx:
        wang = accounts.add(tx, "wang", None, [], clock.now()).id
        tokens = [sessions.begin(tx, who, clock.now(), LIFE) for who in (li, li, li, wang)]
        first = sessions.find(tx, tokens[0], clock.now(), IDLE)
        assert first is not None and sessions.end(tx, first.id) and not sessions.end(tx, first.id)
        second = sessions.of_account(tx, li, clock.now(), IDLE)[-1]
        assert sessions.end_all(tx, li, but=second.id) == 1
        assert [one.id for one in sessions.of_account(tx, li, clock.now(), IDLE)] == [second.id]
        assert sessions.end_all(tx, li) == 1
        assert sessions.find(tx, tokens[3], clock.now(), IDLE) is not None
        clock.advance(hours=12)
        assert sessions.purge(tx, clock.now()) == 1
