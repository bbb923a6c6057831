"""How often somebody may try to show that an application is theirs; counted in the database, so across processes.

An attempt is counted (foundation/attempts.py) before the portal is asked. One that was right, or told nothing
because the portal did not answer, is given back; nothing else is. In particular a right proof frees neither its number
nor its person: somebody with an application of his own could otherwise guess at others' without end.

The number's limit is what stops guessing, for new persons cost an attacker nothing. Codes are counted apart, so that
somebody who spoils the last four for a number does not lock its applicant out. An attempt of a person who may not try
does not count for the number. Counted are fingerprints, which nobody can undo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from actions.applications.numbers import alike
from foundation import attempts as counter
from foundation.attempts import Limit, attempts
from foundation.cipher import Cipher

Way = Literal["last_four", "code", "send"]
"""What is tried; `send` is having a code sent."""
PREFIX = {"last_four": "", "code": "code-", "send": "send-"}


PER_NUMBER = Limit(5, timedelta(days=1))
PER_PERSON = Limit(5, timedelta(hours=1))


@dataclass(frozen=True)
class Attempt:
    """An attempt as it was counted. `refused` says for whose sake it must not be made."""

    number: str
    """The subject under which the number is counted."""
    person: str
    refused: Literal["number", "person"] | None = None
    until: datetime | None = None
    """When a person who was refused may try again."""
    locks: bool = False
    """Whether the number is locked from now on, and was not before."""


def number_fingerprint(cipher: Cipher, number: str) -> str:
    """What stands for a number in the books: the same for all its spellings."""
    return cipher.fingerprint(alike(number), "application")


def begin(tx: Connection, cipher: Cipher, way: Way, number: str, conversation: str, now: datetime) -> Attempt:
    """Count an attempt; commit before the portal is asked."""
    person = f"{PREFIX[way]}person:{cipher.fingerprint(conversation, 'person')}"
    attempt = Attempt(f"{PREFIX[way]}number:{number_fingerprint(cipher, number)}", person)
    # The person's row is always locked before the number's: two attempts never wait for each other.
    if not counter.count(tx, person, PER_PERSON, now):
        return Attempt(attempt.number, person, "person", counter.until(tx, person, PER_PERSON))
    if not counter.count(tx, attempt.number, PER_NUMBER, now):
        return Attempt(attempt.number, person, "number", locks=failed(tx, attempt))
    return attempt


def give_back(tx: Connection, attempt: Attempt) -> None:
    """The attempt was right, or told nothing."""
    for subject in (attempt.person, attempt.number):
        counter.give_back(tx, subject)


def failed(tx: Connection, attempt: Attempt) -> bool:
    """The attempt was wrong, or a code was sent. Returns whether its number is locked from now on, and was not before.

    Having codes sent is no guessing: there it is never said to be locked.
    """
    return not attempt.number.startswith(PREFIX["send"]) and _lock(tx, attempt.number)


def _lock(tx: Connection, subject: str) -> bool:
    """Note that a number has had all its attempts; whether that is new."""
    full = (attempts.c.subject == subject) & (attempts.c.failures >= PER_NUMBER.most)
    query = select(attempts.c.since).where(full, attempts.c.locked_until.is_(None))
    since = tx.execute(query).scalar_one_or_none()
    if since is None:
        return False
    noted = update(attempts).where(full, attempts.c.locked_until.is_(None))
    return bool(tx.execute(noted.values(locked_until=since + PER_NUMBER.within)).rowcount)
