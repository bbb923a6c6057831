"""One look-up at the portal: counted, made, audited. What the audit log keeps names no number, proof or person."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy.engine import Connection

from actions.applications import attempts
from actions.applications.attempts import Attempt, Way, number_fingerprint
from actions.portal import metrics
from actions.portal.access import LastFour, OneTimeCode, SignedIn
from actions.portal.application import Application, CodeRequest, Summary
from actions.portal.errors import NotMatched, PortalError, TooManyAttempts
from actions.surroundings import Surroundings
from foundation import audit

log = logging.getLogger(__name__)

CITIZEN = "citizen"
"""The account under which the audit log has what citizens do."""
SHORTENED = 16
"""Digits of a fingerprint that tell look-ups of one number apart from others'."""

T = TypeVar("T")


class Person(NamedTuple):
    """Who asks: the conversation, and the channel that it is held on."""

    conversation: str
    channel: str


class Locked(TooManyAttempts):
    """A person has tried too often; `until` is when they may again."""

    outcome = "locked"

    def __init__(self, until: datetime) -> None:
        super().__init__("there were too many tries")
        self.until = until


class Closed(Locked):
    """So many last fours were wrong, of whomever, that none is looked at until then."""


async def look_up(
    here: Surroundings, number: str, proof: LastFour | OneTimeCode | SignedIn, who: Person
) -> Application:
    """The application that a proof opens.

    A number that was tried too often raises what a wrong proof raises, whatever the proof is: nothing is learned.

    Raises:
        PortalError: NotMatched, Locked, Closed, or whatever the portal says.
    """

    if isinstance(proof, SignedIn):  # the portal gives a person no other's, so there is nothing to guess
        return await _audited(here, "application.lookup", number, who, lambda: here.portal.application(number, proof))
    way: Way = "code" if isinstance(proof, OneTimeCode) else "last_four"
    return await _counted(here, way, number, who, lambda: here.portal.application(number, proof))


async def send_code(here: Surroundings, number: str, who: Person) -> CodeRequest:
    """Have a one-time code sent to the phone on file; the same for a number that does not exist.

    Raises:
        PortalError: Locked, TooManyAttempts, or whatever the portal says.
    """
    return await _counted(here, "send", number, who, lambda: here.portal.send_code(number))


async def mine(here: Surroundings, person: SignedIn, who: Person) -> list[Summary]:
    """A signed-in person's applications. Raises PortalError."""
    return await _audited(here, "application.list", who.conversation, who, lambda: here.portal.mine(person))


async def _counted(here: Surroundings, way: Way, number: str, who: Person, ask: Callable[[], Awaitable[T]]) -> T:
    def begin(tx: Connection) -> Attempt:
        attempt = attempts.begin(tx, here.cipher, way, number, who.conversation, here.clock.now())
        if attempt.refused:
            _enter(tx, here, "application.lookup", number, way, who, f"locked {attempt.refused}")
        _alarm(tx, here, number, attempt)
        return attempt

    def settle(tx: Connection, outcome: str, learned: bool) -> None:
        if learned:
            _alarm(tx, here, number, attempts.failed(tx, attempt))
        else:
            attempts.give_back(tx, attempt)
        _enter(tx, here, "application.lookup", number, way, who, outcome)

    attempt = await here.write(begin)
    if attempt.until is not None:
        raise (Closed if attempt.refused == "office" else Locked)(attempt.until)
    if attempt.refused:
        raise TooManyAttempts("too many codes for a number") if way == "send" else NotMatched("the number is locked")
    try:
        found = await ask()
    except PortalError as error:
        outcome, learned = error.outcome, isinstance(error, NotMatched)
        await here.write(lambda tx: settle(tx, outcome, learned))
        raise
    await here.write(lambda tx: settle(tx, "ok", learned=way == "send"))  # each code costs a message, and may annoy
    return found


async def _audited(here: Surroundings, action: str, subject: str, who: Person, ask: Callable[[], Awaitable[T]]) -> T:
    outcome = "error"
    try:
        found = await ask()
        outcome = "ok"
        return found
    except PortalError as error:
        outcome = error.outcome
        raise
    finally:
        await here.write(lambda tx: _enter(tx, here, action, subject, "signed_in", who, outcome))


def _enter(tx: Connection, here: Surroundings, action: str, number: str, proof: str, who: Person, outcome: str) -> None:
    detail = {"channel": who.channel, "proof": proof, "outcome": outcome}
    audit.record(tx, CITIZEN, action, _stands_for(here, number), detail, here.clock.now())


def _alarm(tx: Connection, here: Surroundings, number: str, attempt: Attempt) -> None:
    """Tell where a number, or the whole office, has been guessed at as often as may be."""
    tell_closing(tx, attempt, here.clock.now())
    if attempt.locks:
        subject, way = _stands_for(here, number), attempt.way
        audit.record(tx, CITIZEN, "application.locked", subject, {"proof": way}, here.clock.now())
        metrics.locked.labels(way).inc()
        about = {"application": subject, "proof": way}
        log.warning("an application was guessed at and is locked for a day", extra=about)


def tell_closing(tx: Connection, attempt: Attempt, now: datetime) -> None:
    """Tell the audit log and the operator, once, where an attempt closes the last four for everybody."""
    if attempt.closes:
        wrong = attempts.PER_OFFICE.most
        audit.record(tx, CITIZEN, "last_four.closed", "office", {"wrong": wrong}, now)
        log.warning("so many last fours were wrong that they open nothing for an hour", extra={"wrong": wrong})


def _stands_for(here: Surroundings, number: str) -> str:
    return f"application:{number_fingerprint(here.cipher, number)[:SHORTENED]}"
