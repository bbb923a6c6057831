"""A sign-in under way: `begin` → `claim` → `finish`; and `confirm`, where it was not in the conversation's own browser.

A sign-in that was begun from the conversation's own browser, and ended there, counts at once. Of any other nobody knows
who followed the link. It counts only when the digits that the browser then shows were typed into the conversation. Why:
docs/decisions/0010-sign-in.md.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from foundation.cipher import Cipher
from foundation.errors import VaultError
from foundation.sign_ins import LIFE, hide, keep, purge, show, sign_in_requests

UNDER_WAY = timedelta(minutes=10)
"""For signing in, and again for typing the digits."""
DIGITS, TRIES = 6, 3


@dataclass(frozen=True)
class Begun:
    """What goes to the identity service."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    """RFC 7636, 64 characters; the service is sent its SHA-256."""


@dataclass(frozen=True)
class Claimed:
    """A request that the service has answered, taken up once."""

    conversation: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)
    """Fingerprint of what the browser was given that began it."""
    own: bool
    """Whether that is known to be the conversation's own browser."""
    key: str = field(repr=False)


@dataclass(frozen=True)
class Confirmation:
    done: bool
    left: int
    """Tries."""


def begin(tx: Connection, cipher: Cipher, conversation: str, browser: str, own: bool, now: datetime) -> Begun:
    """Begin a sign-in, with `browser` and `own` as in `Claimed`. Another one of the conversation under way lapses."""
    purge(tx, now)
    tx.execute(delete(sign_in_requests).where(sign_in_requests.c.conversation == conversation))
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    kept = {"nonce": begun.nonce, "verifier": begun.verifier, "browser": browser, "own": own}
    row = {"state": _key(cipher, begun.state), "conversation": conversation, "expires_at": now + UNDER_WAY}
    tx.execute(insert(sign_in_requests).values(**row, secrets=hide(cipher, kept, conversation)))
    return begun


def waits(tx: Connection, cipher: Cipher, state: str, now: datetime) -> bool:
    """Whether there is a request that `claim` would take up; only looked at."""
    query = select(sign_in_requests.c.state).where(_unanswered(cipher, state, now))
    return tx.execute(query).first() is not None


def claim(tx: Connection, cipher: Cipher, state: str, now: datetime) -> Claimed | None:
    """Take up the request that a state belongs to, once; None when it is unknown, too old, or was taken up already."""
    mine = _unanswered(cipher, state, now)
    row = tx.execute(select(sign_in_requests).where(mine).with_for_update()).mappings().first()
    kept = None if row is None else show(cipher, row["secrets"], row["conversation"])
    if row is None or kept is None:
        return None
    tx.execute(update(sign_in_requests).where(mine).values(used_at=now))
    return Claimed(row["conversation"], kept["nonce"], kept["verifier"], kept["browser"], kept["own"], row["state"])


def finish(
    tx: Connection, cipher: Cipher, claimed: Claimed, access: str, seconds: float | None, now: datetime
) -> str | None:
    """Keep the access token that a claimed request has brought, good for so many seconds where that is known.

    Returns:
        The digits that must be typed into the conversation before it counts; None when it counts already.

    Raises:
        VaultError: the request is gone: the conversation was erased or signed out, or has begun another one since.
    """
    until = now + timedelta(seconds=min(LIFE.total_seconds(), LIFE.total_seconds() if seconds is None else seconds))
    mine = sign_in_requests.c.state == claimed.key
    if claimed.own:
        _one(tx.execute(delete(sign_in_requests).where(mine)).rowcount)
        keep(tx, cipher, claimed.conversation, access, until, now)
        return None
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    waiting = {"access": access, "until": until.timestamp(), "digits": digits, "left": TRIES}
    values = {"secrets": hide(cipher, waiting, claimed.conversation), "expires_at": min(until, now + UNDER_WAY)}
    _one(tx.execute(update(sign_in_requests).where(mine).values(values)).rowcount)
    return digits


def confirm(tx: Connection, cipher: Cipher, conversation: str, digits: str, now: datetime) -> Confirmation | None:
    """Let a sign-in count whose digits the citizen has typed; after TRIES wrong ones it is forgotten.

    Returns:
        None when no sign-in of the conversation waits for digits: they mean something else.
    """
    mine = (sign_in_requests.c.conversation == conversation) & sign_in_requests.c.used_at.is_not(None)
    query = select(sign_in_requests).where(mine, sign_in_requests.c.expires_at > now).with_for_update()
    row = tx.execute(query).mappings().first()
    kept = None if row is None else show(cipher, row["secrets"], conversation)
    if row is None or kept is None or "digits" not in kept:
        return None
    this = sign_in_requests.c.state == row["state"]
    if hmac.compare_digest(kept["digits"].encode(), digits.encode()):
        tx.execute(delete(sign_in_requests).where(this))
        keep(tx, cipher, conversation, kept["access"], datetime.fromtimestamp(kept["until"], now.tzinfo), now)
        return Confirmation(True, 0)
    kept["left"] -= 1
    if kept["left"]:
        tx.execute(update(sign_in_requests).where(this).values(secrets=hide(cipher, kept, conversation)))
    else:
        tx.execute(delete(sign_in_requests).where(this))
    return Confirmation(False, kept["left"])


def _unanswered(cipher: Cipher, state: str, now: datetime) -> Any:
    table = sign_in_requests.c
    return (table.state == _key(cipher, state)) & table.used_at.is_(None) & (table.expires_at > now)


def _one(rows: int) -> None:
    if rows != 1:
        raise VaultError("a sign-in was given up while the identity service answered: the citizen begins anew")


def _key(cipher: Cipher, state: str) -> str:
    return cipher.fingerprint(state, "sign-in state")
