from __future__ import annotations

import pytest
from sqlalchemy import select

from foundation import accounts
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.errors import AccountError

PASSWORD = "correct horse 9"


def test_an_account_signs_in_with_its_password_only(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        made = accounts.add(tx, "LiHua", PASSWORD, ["reviewer", "editor"], clock.now(), "李华", "户政科")
        assert made.roles == ("editor", "reviewer") and made.display_name == "李华"
        assert accounts.verify(tx, "lihua", PASSWORD) == made
        assert accounts.verify(tx, "lihua", PASSWORD + "x") is None
        assert accounts.verify(tx, "nobody", PASSWORD) is None
        assert accounts.verify(tx, "lihua", "\ud800") is None
        stored = tx.execute(select(accounts.accounts.c.password_hash)).scalar_one()
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "password", "roles", "said"),
    [
        ("li hua", PASSWORD, ["agent"], "name"),
        ("lihua", "short", ["agent"], "10"),
        ("lihua", "x" * 300, ["agent"], "199|200"),
        ("lihua", "my-lihua-123", ["agent"], "guess"),
        ("lihua", "1111111111", ["agent"], "guess"),
        ("lihua", PASSWORD, ["boss"], "supervisor"),
    ],
)
def test_refusals_say_why(
    database: Database, clock: FixedClock, name: str, password: str, roles: list[str], said: str
) -> None:
    with database.write() as tx, pytest.raises(AccountError, match=said):
        accounts.add(tx, name, password, roles, clock.now())


def test_names_are_unique_whatever_their_case(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        accounts.add(tx, "lihua", PASSWORD, ["agent"], clock.now())
        with pytest.raises(AccountError, match="exists"):
            accounts.add(tx, "LIHUA", PASSWORD, ["agent"], clock.now())
        assert [account.name for account in accounts.everyone(tx)] == ["lihua"]


def test_changes(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        accounts.add(tx, "lihua", PASSWORD, ["agent"], clock.now())
        accounts.set_password(tx, "lihua", "another pass 7")
        assert accounts.verify(tx, "lihua", PASSWORD) is None
        accounts.set_roles(tx, "lihua", ["auditor"])
        assert accounts.get(tx, "lihua").roles == ("auditor",)
        accounts.disable(tx, "lihua", clock.now())
        assert accounts.verify(tx, "lihua", "another pass 7") is None
        accounts.enable(tx, "lihua")
        assert accounts.verify(tx, "lihua", "another pass 7")
        with pytest.raises(AccountError):
            accounts.set_roles(tx, "nobody", [])


def test_nobody_signs_in_as_the_operator(database: Database, clock: FixedClock) -> None:
    with database.write() as tx:
        operator = accounts.ensure_operator(tx, clock.now())
        assert accounts.ensure_operator(tx, clock.now()) == operator
        assert accounts.verify(tx, "operator", "") is None
        assert accounts.verify(tx, "operator", "a password that nobody has") is None
        with pytest.raises(AccountError):
            accounts.set_password(tx, "operator", PASSWORD)
