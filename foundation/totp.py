"""The second factor of a sign-in: codes of an authenticator app (RFC 6238), and recovery codes for when it is lost.

The secret lies encrypted. A code counts once: its time step must be later than that of the last one.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, delete, insert, select, update
from sqlalchemy.engine import Connection

from foundation.accounts import Account, random_words
from foundation.cipher import Cipher
from foundation.database import Instant, Json, metadata
from foundation.errors import AccountError, VaultError

log = logging.getLogger(__name__)

STEP = 30
"""Seconds that a code is shown."""
SKEW = 1
"""Steps by which the phone's clock may differ from ours."""
DIGITS, SECRET_BYTES, RECOVERY_CODES = 6, 20, 10

second_factors = Table(
    "second_factors",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("last_step", Integer, nullable=False),
    Column("recovery", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
)
"""`secret` encrypted; `recovery` fingerprints of the recovery codes that are left. Unconfirmed, it is not asked for."""


@dataclass(frozen=True)
class Enrolment:
    """What the app is given: typed in, or read from the address."""

    secret: str = field(repr=False)
    """In base32, in groups of four."""
    address: str = field(repr=False)


def propose(tx: Connection, cipher: Cipher, account: Account, issuer: str, now: datetime) -> Enrolment:
    """A secret for an account's app, the same until it is confirmed; it is not asked for before.

    Raises:
        AccountError: there is one that is confirmed.
    """
    row = _row(tx, account.id)
    if row is not None and row["confirmed_at"] is not None:
        raise AccountError(f"{account.name} has a second factor already: remove it first", "enrolled")
    secret = _secret(cipher, row) if row is not None else None
    if secret is None:
        secret = secrets.token_bytes(SECRET_BYTES)
        tx.execute(delete(second_factors).where(second_factors.c.account_id == account.id))
        hidden = cipher.encrypt(secret.hex(), _context(account.id))
        tx.execute(
            insert(second_factors).values(
                account_id=account.id, secret=hidden, last_step=0, recovery=[], created_at=now
            )
        )
    shown = base64.b32encode(secret).decode()
    address = TOTP(secret, DIGITS, SHA1(), STEP).get_provisioning_uri(account.name, issuer)
    return Enrolment(" ".join(shown[at : at + 4] for at in range(0, len(shown), 4)), address)


def confirm(tx: Connection, cipher: Cipher, account_id: int, code: str, now: datetime) -> list[str] | None:
    """Begin to ask for codes, as the app has shown the right one; returns recovery codes, which are kept nowhere."""
    row = _row(tx, account_id)
    if row is None or row["confirmed_at"] is not None or not _right_code(tx, cipher, row, code, now):
        return None
    codes = [random_words(2, 5) for _ in range(RECOVERY_CODES)]
    kept = [_recovery_mark(_secret(cipher, row) or b"", code) for code in codes]
    mine = second_factors.c.account_id == account_id
    tx.execute(update(second_factors).where(mine).values(confirmed_at=now, recovery=kept))
    return codes


def check(tx: Connection, cipher: Cipher, account_id: int, code: str, now: datetime) -> bool:
    """Whether a code, of the app or for recovery, is right; either counts once."""
    row = _row(tx, account_id, lock=True)
    if row is None or row["confirmed_at"] is None:
        return False
    return _right_code(tx, cipher, row, code, now) or _right_recovery(tx, cipher, row, code)


def enrolled(tx: Connection, account_id: int) -> int | None:
    """How many recovery codes are left; None where no second factor is asked for."""
    row = _row(tx, account_id)
    return len(row["recovery"]) if row is not None and row["confirmed_at"] is not None else None


def remove(tx: Connection, account_id: int) -> bool:
    """Ask for codes no more; whether they were asked for."""
    was = enrolled(tx, account_id) is not None
    tx.execute(delete(second_factors).where(second_factors.c.account_id == account_id))
    return was


def _right_code(tx: Connection, cipher: Cipher, row: dict[str, Any], code: str, now: datetime) -> bool:
    typed, secret = "".join(code.split()), _secret(cipher, row)
    if secret is None or len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
        return False
    app, present = TOTP(secret, DIGITS, SHA1(), STEP), int(now.timestamp()) // STEP
    for step in range(present - SKEW, present + SKEW + 1):
        if hmac.compare_digest(app.generate(step * STEP), typed.encode()):
            unused = (second_factors.c.account_id == row["account_id"]) & (second_factors.c.last_step < step)
            return bool(tx.execute(update(second_factors).where(unused).values(last_step=step)).rowcount)
    return False


def _right_recovery(tx: Connection, cipher: Cipher, row: dict[str, Any], code: str) -> bool:
    account_id, left = int(row["account_id"]), list(row["recovery"])
    secret = _secret(cipher, row)
    marks = [] if secret is None else [_recovery_mark(secret, code)]
    marks += cipher.fingerprints(f"{account_id}:{_plain(code)}", "recovery code")  # as they were kept at first
    typed = next((mark for mark in marks if mark in left), None)
    if typed is None:
        return False
    left.remove(typed)
    tx.execute(update(second_factors).where(second_factors.c.account_id == account_id).values(recovery=left))
    return True


def _secret(cipher: Cipher, row: dict[str, Any]) -> bytes | None:
    try:
        return bytes.fromhex(cipher.decrypt(row["secret"], _context(row["account_id"])))
    except VaultError:
        log.error("a second factor cannot be read: ZHENGWU_SECRET_KEY is not the key it was written with")
        return None


def _row(tx: Connection, account_id: int, lock: bool = False) -> dict[str, Any] | None:
    query = select(second_factors).where(second_factors.c.account_id == account_id)
    row = tx.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else dict(row)


def _context(account_id: object) -> str:
    return f"second factor:{account_id}"


def _recovery_mark(secret: bytes, code: str) -> str:
    """By the secret, which lies encrypted: it stays the same when ZHENGWU_SECRET_KEY is rotated."""
    return hmac.digest(secret, f"recovery code:{_plain(code)}".encode(), "sha256").hex()


def _plain(code: str) -> str:
    return "".join(character for character in code.lower() if character.isalnum())
