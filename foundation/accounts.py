"""Accounts of the staff, and the roles that say what each may do."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.database import Instant, Json, metadata
from foundation.errors import AccountError

ROLES = ("agent", "supervisor", "editor", "reviewer", "admin", "auditor")
OPERATOR = "operator"
"""Whoever works at the machine's own command line. It has no password: nobody can sign in with it."""
ADMINISTRATOR = "admin"
"""Made at the first start, so that somebody can let the others in."""
PASSWORD_LENGTH = range(10, 201)
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for another when typing them off a screen or a note."""

_NAME = re.compile(r"[\w.@-]{2,40}")
_hasher = PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    """What is verified for a name that nobody has; not made at import, where every process would wait for it."""
    return _hasher.hash("a password that nobody has")


accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("display_name", String(80), nullable=False),
    Column("department", String(80), nullable=False),
    Column("password_hash", String(200)),
    Column("roles", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("name"),
)

one_time_passwords = Table(
    "one_time_passwords",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("given_at", Instant, nullable=False),
)
"""Accounts whose password was given by somebody else: it opens nothing but the page where it is replaced."""


@dataclass(frozen=True)
class Account:
    id: int
    name: str
    display_name: str
    department: str
    roles: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None


def add(
    tx: Connection,
    name: str,
    password: str | None,
    roles: Iterable[str],
    now: datetime,
    display_name: str = "",
    department: str = "",
) -> Account:
    """Create an account; without a password it cannot sign in.

    Raises:
        AccountError: the name is taken or malformed, a role is unknown, or the password too weak.
    """
    if not _NAME.fullmatch(name):
        raise AccountError(f"the account name {name!r} must be 2 to 40 letters, digits, or any of . @ _ -", "name")
    values = {
        "name": name.lower(),
        "display_name": display_name.strip()[:80] or name,
        "department": department.strip()[:80],
        "password_hash": None if password is None else _hashed(name, password),
        "roles": _known(roles),
        "created_at": now,
    }
    try:
        with tx.begin_nested():
            tx.execute(insert(accounts).values(values))
    except IntegrityError as error:
        raise AccountError(f"the account {name!r} exists already: choose another name", "taken") from error
    return get(tx, name)


def get(tx: Connection, name: str) -> Account:
    """The account of that name, upper or lower case. Raises AccountError when there is none."""
    row = _row(tx, name)
    if row is None:
        raise AccountError(f"there is no account {name!r}", "unknown")
    return _account(row)


def by_id(tx: Connection, account_id: int) -> Account:
    """The account of that number. Raises AccountError when there is none."""
    row = tx.execute(select(accounts).where(accounts.c.id == account_id)).mappings().first()
    if row is None:
        raise AccountError(f"there is no account number {account_id}", "unknown")
    return _account(row)


def must_change_password(tx: Connection, account_id: int) -> bool:
    """Whether the account has a password that somebody else gave it."""
    query = select(one_time_passwords.c.account_id).where(one_time_passwords.c.account_id == account_id)
    return tx.execute(query).first() is not None


def everyone(tx: Connection) -> list[Account]:
    """All accounts by name, disabled ones too."""
    return [_account(row) for row in tx.execute(select(accounts).order_by(accounts.c.name)).mappings()]


def verify(tx: Connection, name: str, password: str) -> Account | None:
    """The account that these credentials open; None, after the same time, when they open none."""
    row = _row(tx, name)
    stored = row["password_hash"] if row and row["disabled_at"] is None else None
    nobody = _nobody()  # by whomever is asked first, so that its time tells nothing
    try:
        _hasher.verify(stored or nobody, password[: PASSWORD_LENGTH.stop])
    except (Argon2Error, InvalidHashError, UnicodeError):
        return None
    return _account(row) if row and stored else None


def set_password(tx: Connection, name: str, password: str) -> None:
    """Replace the password. Raises AccountError: unknown account, the operator, or too weak."""
    if name.lower() == OPERATOR:
        raise AccountError("the operator account never signs in: add an account of your own instead", "operator")
    _change(tx, name, password_hash=_hashed(name, password))
    tx.execute(delete(one_time_passwords).where(one_time_passwords.c.account_id == get(tx, name).id))


def describe(tx: Connection, name: str, display_name: str, department: str) -> None:
    """How colleagues and records call the account's person, and where they work."""
    _change(tx, name, display_name=display_name.strip()[:80] or name, department=department.strip()[:80])


def set_roles(tx: Connection, name: str, roles: Iterable[str]) -> None:
    _change(tx, name, roles=_known(roles))


def disable(tx: Connection, name: str, now: datetime) -> None:
    """Keep the account, for the audit log names it, but let nobody in."""
    _change(tx, name, disabled_at=now)


def enable(tx: Connection, name: str) -> None:
    _change(tx, name, disabled_at=None)


def give_one_time_password(tx: Connection, name: str, now: datetime) -> str:
    """Set a random password that must be replaced at the first sign-in; returns it, for it is kept nowhere.

    Raises AccountError: there is no such account, or it never signs in.
    """
    password = random_words(4, 4)
    while name.lower() in password:
        password = random_words(4, 4)
    set_password(tx, name, password)
    tx.execute(insert(one_time_passwords).values(account_id=get(tx, name).id, given_at=now))
    return password


def random_words(count: int, length: int) -> str:
    """A secret to be read and typed, as `k7mp-2hqd-…`."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(length)) for _ in range(count))


def ensure_administrator(tx: Connection, now: datetime) -> str | None:
    """Make the account `admin` unless somebody can administer accounts already; returns its one-time password."""
    able = select(accounts.c.roles).where(accounts.c.password_hash.is_not(None), accounts.c.disabled_at.is_(None))
    if any("admin" in roles for roles in tx.execute(able).scalars()):
        return None
    try:
        add(tx, ADMINISTRATOR, None, ("admin",), now, display_name="系统管理员")
    except AccountError:  # it is there, and lost its password, its role or its right to sign in
        return None
    return give_one_time_password(tx, ADMINISTRATOR, now)


def ensure_operator(tx: Connection, now: datetime) -> Account:
    """The operator's account, created at the first call."""
    try:
        return get(tx, OPERATOR)
    except AccountError:
        return add(tx, OPERATOR, None, ("admin",), now, display_name="运维")


def _row(tx: Connection, name: str) -> Any:
    if not _NAME.fullmatch(name):
        return None
    return tx.execute(select(accounts).where(accounts.c.name == name.lower())).mappings().first()


def _change(tx: Connection, name: str, **values: object) -> None:
    if tx.execute(update(accounts).where(accounts.c.name == name.lower()).values(values)).rowcount != 1:
        raise AccountError(f"there is no account {name!r}", "unknown")


def _known(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    if unknown := wanted - set(ROLES):
        raise AccountError(f"unknown role {', '.join(sorted(unknown))}: the roles are {', '.join(ROLES)}", "role")
    return [role for role in ROLES if role in wanted]


def _hashed(name: str, password: str) -> str:
    if len(password) not in PASSWORD_LENGTH:
        raise AccountError(f"a password has {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters", "weak")
    if name.lower() in password.lower() or len(set(password)) < 4:
        raise AccountError("the password is too easy to guess: it repeats the name, or few characters", "weak")
    return _hasher.hash(password)


def _account(row: object) -> Account:
    fields = {key: row[key] for key in Account.__dataclass_fields__}  # type: ignore[index]
    return Account(**{**fields, "roles": tuple(fields["roles"])})
