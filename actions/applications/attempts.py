"""How often somebody may try to show that an application is theirs; counted in the database, so across processes.

An attempt is counted (foundation/attempts.py) before the portal is asked. One that was right, or told nothing
because the portal did not answer, is given back; nothing else is. In particular a right proof frees neither its number
nor its person: somebody with an application of his own could otherwise guess at others' without end.

The number's limit is what stops guessing at one number, for new persons cost an attacker nothing; the office's stops
guessing at ever new numbers. Codes are counted apart, so that somebody who spoils the last four for a number, or for
all, does not lock applicants out. An attempt of a person who may not try does not count for the number, and none that
was not made counts for the office. Counted are fingerprints, which nobody can undo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
PER_OFFICE = Limit(300, timedelta(hours=1))
"""Of wrong last-fours, whoever tries and whatever the number.

A city of ten million questions a year hears 3,600 messages in its busiest hour (docs/performance.md). Were every third
about an application or a case, at three messages each, that is 400 look-ups; were one in ten wrong, 40 wrong ones:
what is allowed is several times as much. Somebody who sprays, by hundreds of conversations from one address, gets 300
guesses of ten thousand an hour, in place of 18,000, and can lock 60 numbers an hour, in place of 3,600.
"""
OFFICE = "office:last_four"
"""The subject under which the office is counted."""


@dataclass(frozen=True)
class Attempt:
    """An attempt as it was counted. `refused` says for whose sake it must not be made."""

    way: Way
    number: str
    """The subject under which the number is counted."""
    person: str
    refused: Literal["office", "number", "person"] | None = None
    until: datetime | None = None
    """When who was refused for the person's or the office's sake may try again."""
    locks: bool = False
    """Whether the number is locked from now on, and was not before."""
    closes: bool = False
    """Whether the last four open nothing for anybody from now on, and did before."""


def number_fingerprint(cipher: Cipher, number: str) -> str:
    """What stands for a number in the books: the same for all its spellings."""
    return cipher.fingerprint(alike(number), "application")


def closed_until(tx: Connection, now: datetime) -> datetime | None:
    """When the last four open something again; None where they do now. Counts nothing."""
    return counter.spent(tx, OFFICE, PER_OFFICE, now)


def begin(tx: Connection, cipher: Cipher, way: Way, number: str, conversation: str, now: datetime) -> Attempt:
    """Count an attempt; commit before the portal is asked."""
    person = f"{PREFIX[way]}person:{cipher.fingerprint(conversation, 'person')}"
    attempt = Attempt(way, f"{PREFIX[way]}number:{number_fingerprint(cipher, number)}", person)
    # The rows are always locked in this order, office, person, number: two attempts never wait for each other.
    if way == "last_four" and not counter.count(tx, OFFICE, PER_OFFICE, now):
        until, closes = counter.until(tx, OFFICE, PER_OFFICE), _note(tx, OFFICE, PER_OFFICE)
        return replace(attempt, refused="office", until=until, closes=closes)
    if not counter.count(tx, person, PER_PERSON, now):
        attempt = replace(attempt, refused="person", until=counter.until(tx, person, PER_PERSON))
    elif not counter.count(tx, attempt.number, PER_NUMBER, now):
        attempt = replace(attempt, refused="number", locks=_locks(tx, attempt))
    if attempt.refused and way == "last_four":
        counter.give_back(tx, OFFICE)
    return attempt


def give_back(tx: Connection, attempt: Attempt) -> None:
    """The attempt was right, or told nothing."""
    office = (OFFICE,) if attempt.way == "last_four" else ()
    for subject in (*office, attempt.person, attempt.number):
        counter.give_back(tx, subject)


def failed(tx: Connection, attempt: Attempt) -> Attempt:
    """The attempt was wrong, or a code was sent. Returns it with what that leads to."""
    closes = attempt.way == "last_four" and _note(tx, OFFICE, PER_OFFICE)
    return replace(attempt, closes=closes, locks=_locks(tx, attempt))


def _locks(tx: Connection, attempt: Attempt) -> bool:
    """Whether an attempt locks its number. Having codes sent is no guessing: there it is never said to be locked."""
    return attempt.way != "send" and _note(tx, attempt.number, PER_NUMBER)


def _note(tx: Connection, subject: str, limit: Limit) -> bool:
    """Note that a subject has had all its attempts; whether that is new."""
    full = (attempts.c.subject == subject) & (attempts.c.failures >= limit.most)
    query = select(attempts.c.since).where(full, attempts.c.locked_until.is_(None))
    since = tx.execute(query).scalar_one_or_none()
    if since is None:
        return False
    noted = update(attempts).where(full, attempts.c.locked_until.is_(None))
    return bool(tx.execute(noted.values(locked_until=since + limit.within)).rowcount)
