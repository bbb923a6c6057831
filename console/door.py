"""The rules of the door: how often somebody may try to come in, and what they get when they may.

Counted are tries per account and per address, in the database: two processes are no more than one. An account that does
not exist is counted, answered and noted like one that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.engine import Connection
from starlette.requests import Request

from console.house import House
from console.pages import WORDS
from foundation import accounts, attempts, audit, sessions, totp
from foundation.accounts import Account
from foundation.attempts import Limit
from foundation.cipher import Cipher
from foundation.errors import AccountError
from foundation.sessions import Session

PER_ACCOUNT = Limit(10, timedelta(minutes=15))
PER_ADDRESS = Limit(40, timedelta(minutes=15))
"""Colleagues often share one."""
PER_CODE = Limit(5, timedelta(minutes=15))
NOBODY = "-"
"""What the audit log names where there is no such account: people type passwords into the wrong field."""


@dataclass(frozen=True)
class Visitor:
    """Where somebody comes from."""

    address: str
    browser: str

    @classmethod
    def of(cls, request: Request) -> Visitor:
        return cls(request.client.host if request.client else "", request.headers.get("user-agent", ""))


@dataclass(frozen=True)
class Try:
    """An attempt that was counted. `wait_until`: it must not be made before."""

    subjects: tuple[str, ...]
    wait_until: datetime | None = None


def knock(tx: Connection, cipher: Cipher, name: str, address: str, now: datetime) -> Try:
    """Count an attempt with a password; commit before looking at it."""
    name = cipher.fingerprint(name.strip().lower(), "staff sign-in")
    return _count(
        tx,
        {f"staff:{name}": PER_ACCOUNT, f"staff-from:{cipher.fingerprint(address, 'staff sign-in')}": PER_ADDRESS},
        now,
    )


def knock_with_code(tx: Connection, account_id: int, now: datetime) -> Try:
    """Count an attempt with a code of the second factor; commit before looking at it."""
    return _count(tx, {f"staff-code:{account_id}": PER_CODE}, now)


def give_back(tx: Connection, tried: Try) -> None:
    """The attempt was right."""
    for subject in tried.subjects:
        attempts.give_back(tx, subject)


def wait(tried: Try, now: datetime) -> str:
    """The sentence that says when they may try again."""
    assert tried.wait_until is not None
    minutes = ceil((tried.wait_until - now).total_seconds() / 60)
    return WORDS.say("sign_in.too_often", minutes=max(1, minutes))


def refuse(tx: Connection, name: str, visitor: Visitor, why: str, now: datetime) -> None:
    """Note an attempt that failed."""
    try:
        account = accounts.get(tx, name.strip()).name
    except AccountError:
        account = NOBODY
    audit.record(tx, account, "session.refused", account, {"why": why, "address": visitor.address}, now)


def enter(
    tx: Connection, house: House, account: Account, visitor: Visitor, before: Session | None, way: str, now: datetime
) -> tuple[str, bool]:
    """Let somebody in who has shown who they are, in place of a session they had before.

    Returns:
        The token for the cookie, and whether a code of the second factor must still be given.
    """
    if before is not None:
        sessions.end(tx, before.id)
    more = totp.enrolled(tx, account.id) is not None
    stage = sessions.SECOND_FACTOR if more else sessions.OPEN
    if not more:
        audit.record(tx, account.name, "session.begin", account.name, {"way": way, "address": visitor.address}, now)
    token = sessions.begin(
        tx, account.id, now, house.life, stage=stage, way=way, browser=visitor.browser, address=visitor.address
    )
    return token, more


def enter_with_code(tx: Connection, house: House, session: Session, code: str, now: datetime) -> str | None:
    """The token of an open session for one that waits for the second factor; None: the code is wrong or used.

    Raises:
        AccountError: the session was ended meanwhile.
    """
    if not totp.check(tx, house.cipher, session.account_id, code, now):
        return None
    account = accounts.by_id(tx, session.account_id)
    detail = {"way": session.way, "address": session.address, "second_factor": True}
    audit.record(tx, account.name, "session.begin", account.name, detail, now)
    return sessions.renew(tx, session, now, house.life)


def _count(tx: Connection, limits: dict[str, Limit], now: datetime) -> Try:
    counted: list[str] = []
    for subject, limit in limits.items():
        if not attempts.count(tx, subject, limit, now):
            for other in counted:  # whoever may not try has not tried
                attempts.give_back(tx, other)
            return Try((), attempts.until(tx, subject, limit))
        counted.append(subject)
    return Try(tuple(counted))
