"""What is done to accounts of the staff, by the command line and by the console alike: each act signs out whom it
concerns and stands in the audit log, in the same transaction. `by` is the name of the account that does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation import accounts, audit, sessions, totp
from foundation.accounts import Account
from foundation.errors import AccountError


def add(
    tx: Connection,
    by: str,
    name: str,
    password: str | None,
    roles: Iterable[str],
    now: datetime,
    display_name: str = "",
    department: str = "",
) -> Account:
    """Create an account. Raises AccountError as accounts.add."""
    added = accounts.add(tx, name, password, roles, now, display_name, department)
    audit.record(tx, by, "user.add", added.name, {"roles": list(added.roles)}, now)
    return added


def change(
    tx: Connection, by: str, name: str, roles: Iterable[str], display_name: str, department: str, now: datetime
) -> Account:
    """Give an account other roles, another name to be shown, another department.

    Raises:
        AccountError: there is none, a role is unknown, or an administrator would shut themselves out.
    """
    before, wanted = _person(tx, name), set(roles)
    if before.name == by and "admin" in before.roles and "admin" not in wanted:
        raise AccountError(f"{by} may not take its own administration away: another administrator can", "own")
    accounts.set_roles(tx, name, wanted)
    accounts.describe(tx, name, display_name, department)
    after = accounts.get(tx, name)
    if set(after.roles) != set(before.roles):
        sessions.end_all(tx, after.id)
    changed = {
        field: [list(old) if field == "roles" else old, list(new) if field == "roles" else new]
        for field in ("roles", "display_name", "department")
        if (old := getattr(before, field)) != (new := getattr(after, field))
    }
    if changed:
        audit.record(tx, by, "user.change", after.name, changed, now)
    return after


def disable(tx: Connection, by: str, name: str, now: datetime) -> None:
    """Let nobody in under this name any more. Raises AccountError: there is none, or it is one's own."""
    account = _person(tx, name)
    if account.name == by:
        raise AccountError(f"{by} may not disable itself: another administrator can", "own")
    accounts.disable(tx, name, now)
    sessions.end_all(tx, account.id)
    audit.record(tx, by, "user.disable", account.name, None, now)


def enable(tx: Connection, by: str, name: str, now: datetime) -> None:
    accounts.enable(tx, name)
    audit.record(tx, by, "user.enable", accounts.get(tx, name).name, None, now)


def change_password(tx: Connection, account: Account, password: str, now: datetime) -> None:
    """One's own doing. Raises AccountError: it is too weak."""
    accounts.set_password(tx, account.name, password)
    sessions.end_all(tx, account.id)
    audit.record(tx, account.name, "user.password", account.name, None, now)


def reset_password(tx: Connection, by: str, name: str, now: datetime) -> str:
    """Give an account a password for one sign-in, and return it. Raises AccountError: there is none such."""
    password = accounts.give_one_time_password(tx, name, now)
    account = accounts.get(tx, name)
    sessions.end_all(tx, account.id)
    audit.record(tx, by, "user.reset", account.name, None, now)
    return password


def remove_second_factor(tx: Connection, by: str, name: str, now: datetime) -> None:
    """Ask for no codes any more, as when a phone was lost. Raises AccountError: there is no such account."""
    account = accounts.get(tx, name)
    if totp.remove(tx, account.id):
        if account.name != by:
            sessions.end_all(tx, account.id)
        audit.record(tx, by, "user.totp.remove", account.name, None, now)


def sign_out(tx: Connection, by: str, name: str, now: datetime) -> None:
    """End all sessions of an account. Raises AccountError: there is none."""
    account = accounts.get(tx, name)
    ended = sessions.end_all(tx, account.id)
    audit.record(tx, by, "user.signout", account.name, {"sessions": ended}, now)


def _person(tx: Connection, name: str) -> Account:
    if name == accounts.OPERATOR:
        raise AccountError("the operator account is the command line's own: nobody changes it", "operator")
    return accounts.get(tx, name)
