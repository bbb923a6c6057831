"""Accounts of the staff, and the roles that say what each may do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Column, Integer, String, Table, UniqueConstraint, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.database import Instant, Json, metadata
from foundation.errors import AccountError

ROLES = ("agent", "supervisor", "editor", "reviewer", "admin", "auditor")
OPERATOR = "operator"
"""Whoever works at the machine's own command line. It has no password: nobody can sign in with it."""
PASSWORD_LENGTH = range(10, 201)

_NAME = re.compile(r"[\w.@-]{2,40}")
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("a password that nobody has")

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
        raise AccountError(f"the account name {name!r} must be 2 to 40 letters, digits, or any of . @ _ -")
    values = {
        "name": name.lower(),
        "display_name": display_name or name,
        "department": department,
        "password_hash": None if password is None else _hashed(name, password),
        "roles": _known(roles),
        "created_at": now,
    }
    try:
        with tx.begin_nested():
            tx.execute(insert(accounts).values(values))
    except IntegrityError as error:
        raise AccountError(f"the account {name!r} exists already: choose another name") from error
    return get(tx, name)


def get(tx: Connection, name: str) -> Account:
    """The account of that name, upper or lower case. Raises AccountError when there is none."""
    row = tx.execute(select(accounts).where(accounts.c.name == name.lower())).mappings().first()
    if row is None:
        raise AccountError(f"there is no account {name!r}")
    return _account(row)


def everyone(tx: Connection) -> list[Account]:
    """All accounts by name, disabled ones too."""
    return [_account(row) for row in tx.execute(select(accounts).order_by(accounts.c.name)).mappings()]


def verify(tx: Connection, name: str, password: str) -> Account | None:
    """The account that these credentials open; None, after the same time, when they open none."""
    row = tx.execute(select(accounts).where(accounts.c.name == name.lower())).mappings().first()
    stored = row["password_hash"] if row and row["disabled_at"] is None else None
    try:
        _hasher.verify(stored or _NOBODY, password[: PASSWORD_LENGTH.stop])
    except (Argon2Error, InvalidHashError, UnicodeError):
        return None
    return _account(row) if row and stored else None


def set_password(tx: Connection, name: str, password: str) -> None:
    """Replace the password. Raises AccountError: unknown account, the operator, or too weak."""
    if name.lower() == OPERATOR:
        raise AccountError("the operator account never signs in: add an account of your own instead")
    _change(tx, name, password_hash=_hashed(name, password))


def set_roles(tx: Connection, name: str, roles: Iterable[str]) -> None:
    _change(tx, name, roles=_known(roles))


def disable(tx: Connection, name: str, now: datetime) -> None:
    """Keep the account, for the audit log names it, but let nobody in."""
    _change(tx, name, disabled_at=now)


def enable(tx: Connection, name: str) -> None:
    _change(tx, name, disabled_at=None)


def ensure_operator(tx: Connection, now: datetime) -> Account:
    """The operator's account, created at the first call."""
    try:
        return get(tx, OPERATOR)
    except AccountError:
        return add(tx, OPERATOR, None, ("admin",), now, display_name="运维")


def _change(tx: Connection, name: str, **values: object) -> None:
    if tx.execute(update(accounts).where(accounts.c.name == name.lower()).values(values)).rowcount != 1:
        raise AccountError(f"there is no account {name!r}")


def _known(roles: Iterable[str]) -> list[str]:
    wanted = set(roles)
    if unknown := wanted - set(ROLES):
        raise AccountError(f"unknown role {', '.join(sorted(unknown))}: the roles are {', '.join(ROLES)}")
    return [role for role in ROLES if role in wanted]


def _hashed(name: str, password: str) -> str:
    if len(password) not in PASSWORD_LENGTH:
        raise AccountError(f"a password has {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters")
    if name.lower() in password.lower() or len(set(password)) < 4:
        raise AccountError("the password is too easy to guess: it repeats the name, or few characters")
    return _hasher.hash(password)


def _account(row: object) -> Account:
    fields = {key: row[key] for key in Account.__dataclass_fields__}  # type: ignore[index]
    return Account(**{**fields, "roles": tuple(fields["roles"])})
