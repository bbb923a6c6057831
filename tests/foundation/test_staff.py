from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from foundation import accounts, audit, sessions, staff, totp
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import AccountError

HOUR = timedelta(hours=1)


def acts(tx: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.action, one.subject, one.detail) for one in reversed(audit.entries(tx))]


@pytest.mark.parametrize(
    "act",
    [
        lambda tx, now: staff.disable(tx, "boss", "lihua", now),
        lambda tx, now: staff.change(tx, "boss", "lihua", ["auditor"], "李华", "", now),
        lambda tx, now: staff.reset_password(tx, "boss", "lihua", now),
        lambda tx, now: staff.change_password(tx, accounts.get(tx, "lihua"), "another pass 7", now),
        lambda tx, now: staff.sign_out(tx, "boss", "lihua", now),
    ],
)
def test_who_may_do_something_else_now_signs_in_again(
    database: Database, clock: FixedClock, act: Callable[[Any, Any], Any]
) -> None:
    with database.write() as tx:
        staff.add(tx, "boss", "lihua", "correct horse 9", ["agent"], clock.now())
        account = accounts.get(tx, "lihua")
        token = sessions.begin(tx, account.id, clock.now(), HOUR)
        act(tx, clock.now())
        assert sessions.find(tx, token, clock.now(), HOUR) is None
        assert len(acts(tx)) == 2 and all(subject == "lihua" for _, subject, _ in acts(tx))


def test_a_new_name_signs_nobody_out_and_what_changed_is_noted(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        staff.add(tx, "boss", "lihua", None, ["agent"], clock.now(), "李华", "户政科")
        token = sessions.begin(tx, accounts.get(tx, "lihua").id, clock.now(), HOUR)
        staff.change(tx, "boss", "lihua", ["agent"], "李花", "户政科", clock.now())
        staff.change(tx, "boss", "lihua", ["agent"], "李花", "户政科", clock.now())
        assert sessions.find(tx, token, clock.now(), HOUR) is not None
        assert acts(tx)[1:] == [("user.change", "lihua", {"display_name": ["李华", "李花"]})]


def test_nobody_shuts_themselves_out(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        staff.add(tx, "operator", "boss", None, ["admin", "agent"], clock.now())
        for act in (
            lambda: staff.disable(tx, "boss", "boss", clock.now()),
            lambda: staff.change(tx, "boss", "boss", ["agent"], "x", "", clock.now()),
        ):
            with pytest.raises(AccountError) as refused:
                act()
            assert refused.value.reason == "own"
        assert staff.change(tx, "boss", "boss", ["admin"], "x", "", clock.now()).roles == ("admin",)


def test_the_operator_is_left_alone(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        accounts.ensure_operator(tx, clock.now())
        for act in (
            lambda: staff.disable(tx, "boss", "operator", clock.now()),
            lambda: staff.change(tx, "boss", "operator", [], "x", "", clock.now()),
            lambda: staff.reset_password(tx, "boss", "operator", clock.now()),
        ):
            with pytest.raises(AccountError) as refused:
                act()
            assert refused.value.reason == "operator"


def test_a_one_time_password_must_be_replaced(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        for name in ("a2", "lihua"):  # a short name may turn up in a random password by chance
            staff.add(tx, "boss", name, None, ["agent"], clock.now())
            for _ in range(30 if name == "a2" else 1):
                password = staff.reset_password(tx, "boss", name, clock.now())
            account = accounts.verify(tx, name, password)
            assert account is not None and accounts.must_change_password(tx, account.id)
        assert password not in str(acts(tx))
        staff.change_password(tx, accounts.get(tx, "lihua"), "another pass 7", clock.now())
        assert not accounts.must_change_password(tx, accounts.get(tx, "lihua").id)
        assert accounts.verify(tx, "lihua", password) is None


def test_a_lost_phone(database: Database, clock: FixedClock, cipher: Cipher) -> None:
    with database.write() as tx:
        account = staff.add(tx, "boss", "lihua", None, ["agent"], clock.now())
        staff.remove_second_factor(tx, "boss", "lihua", clock.now())
        assert len(acts(tx)) == 1  # there was none
        totp.propose(tx, cipher, account, "x", clock.now())
        tx.execute(totp.second_factors.update().values(confirmed_at=clock.now()))
        token = sessions.begin(tx, account.id, clock.now(), HOUR)
        staff.remove_second_factor(tx, "boss", "lihua", clock.now())
        assert totp.enrolled(tx, account.id) is None and sessions.find(tx, token, clock.now(), HOUR) is None
        assert acts(tx)[-1][0] == "user.totp.remove"


def test_the_first_administrator_is_made_once_and_only_where_nobody_can_administer(
    database: Database, clock: FixedClock
) -> None:
    with database.write() as tx:
        accounts.ensure_operator(tx, clock.now())
        accounts.add(tx, "lihua", "correct horse 9", ["agent"], clock.now())
        password = accounts.ensure_administrator(tx, clock.now())
        assert password is not None
        admin = accounts.verify(tx, "admin", password)
        assert admin is not None and admin.roles == ("admin",) and accounts.must_change_password(tx, admin.id)
        assert accounts.ensure_administrator(tx, clock.now()) is None
        accounts.disable(tx, "admin", clock.now())
        assert accounts.ensure_administrator(tx, clock.now()) is None


def test_where_an_administrator_was_added_none_is_made(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        accounts.add(tx, "boss", "correct horse 9", ["admin"], clock.now())
        assert accounts.ensure_administrator(tx, clock.now()) is None
        assert [one.name for one in accounts.everyone(tx)] == ["boss"]
