"""Who is signed in at the console: random tokens in browsers' cookies, known here by their hashes alone.

A session ends when it was idle too long, when it is as old as a working day, when its person signs out, and when the
account's password or roles change or it is disabled. Every step of a sign-in gets a new token, so nobody is signed in
under a token that somebody else knew before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from foundation import accounts, retention
from foundation.database import Instant, metadata
from foundation.errors import AccountError
from foundation.inbox import RowId

OPEN, SECOND_FACTOR = "open", "second_factor"
"""Signed in; the password was right and the code is still to come."""
PASSWORD, SINGLE_SIGN_ON = "password", "single_sign_on"
"""How its person signed in."""
SECOND_FACTOR_WITHIN = timedelta(minutes=5)
TOUCH = timedelta(seconds=60)
"""How exactly it is noted when a session was last used: not every request writes."""
AHEAD = timedelta(hours=1)
"""A session from further ahead was begun while a clock was wrong, and would last as much too long."""

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("way", String(20), nullable=False),
    Column("browser", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_staff_sessions_account_id", "account_id"),
    Index("ix_staff_sessions_expires_at", "expires_at"),
    sqlite_autoincrement=True,  # an ended session's number must never mean somebody else's
)
"""`token` is the SHA-256 of what the cookie holds: whoever reads this table can sign in as nobody."""


@dataclass(frozen=True)
class Session:
    id: int
    account_id: int
    stage: str
    way: str
    browser: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def begin(
    tx: Connection,
    account_id: int,
    now: datetime,
    life: timedelta,
    *,
    stage: str = OPEN,
    way: str = PASSWORD,
    browser: str = "",
    address: str = "",
) -> str:
    """Open a session that lives `life` at most; returns its token, for the cookie."""
    token = token_urlsafe(32)
    row = {"token": _hash(token), "account_id": account_id, "stage": stage, "way": way}
    if stage == SECOND_FACTOR:
        life = min(life, SECOND_FACTOR_WITHIN)
    row |= {"browser": browser[:200], "address": address[:64]}
    tx.execute(insert(staff_sessions).values(**row, created_at=now, seen_at=now, expires_at=now + life))
    return token


def renew(tx: Connection, session: Session, now: datetime, life: timedelta) -> str:
    """Go on as an open session under a new token; what was known before opens nothing any more.

    Raises:
        AccountError: it was ended meanwhile.
    """
    if not end(tx, session.id):
        raise AccountError("the session was ended meanwhile: sign in again", "ended")
    same = {"way": session.way, "browser": session.browser, "address": session.address}
    return begin(tx, session.account_id, now, life, **same)


def find(tx: Connection, token: str, now: datetime, idle: timedelta) -> Session | None:
    """The living session of a token; None for any other text."""
    found = _living(tx, staff_sessions.c.token == _hash(token), now, idle)
    return found[0] if found else None


def of_account(tx: Connection, account_id: int, now: datetime, idle: timedelta) -> list[Session]:
    """An account's living sessions, the newest first."""
    return _living(tx, staff_sessions.c.account_id == account_id, now, idle)


def alive(tx: Connection, ids: Iterable[int], now: datetime, idle: timedelta) -> set[int]:
    """Which of these sessions are still open."""
    living = _living(tx, staff_sessions.c.id.in_(list(ids)), now, idle)
    return {session.id for session in living if session.stage == OPEN}


def touch(tx: Connection, session: Session, now: datetime) -> None:
    """Note that its person is there."""
    tx.execute(update(staff_sessions).where(staff_sessions.c.id == session.id).values(seen_at=now))


def end(tx: Connection, session_id: int) -> bool:
    """Sign out; whether the session was still there."""
    return bool(tx.execute(delete(staff_sessions).where(staff_sessions.c.id == session_id)).rowcount)


def end_all(tx: Connection, account_id: int, but: int | None = None) -> int:
    """Sign an account out everywhere, or everywhere but in one session; returns of how many."""
    which = staff_sessions.c.account_id == account_id
    if but is not None:
        which = which & (staff_sessions.c.id != but)
    return int(tx.execute(delete(staff_sessions).where(which)).rowcount)


def purge(tx: Connection, now: datetime) -> int:
    """Delete what nobody can use any more; returns how many rows."""
    return int(tx.execute(delete(staff_sessions).where(staff_sessions.c.expires_at <= now)).rowcount)


def _living(tx: Connection, which: Any, now: datetime, idle: timedelta) -> list[Session]:
    table, account = staff_sessions, accounts.accounts
    query = (
        select(*(table.c[name] for name in Session.__dataclass_fields__))
        .join(account, account.c.id == table.c.account_id)
        .where(which, table.c.expires_at > now, table.c.created_at <= now + AHEAD, table.c.seen_at > now - idle)
        .where(account.c.disabled_at.is_(None))
        .order_by(table.c.id.desc())
    )
    return [Session(**row) for row in tx.execute(query).mappings()]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


retention.register("staff_sessions", retention.of_table(staff_sessions, staff_sessions.c.expires_at, in_order=False))
