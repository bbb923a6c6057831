"""Whether somebody may hear of a case that was filed in another conversation: the contact that was left decides, a
telephone number by its last four digits, an e-mail address as a whole.

As with applications, attempts are counted before anything is compared, an unknown number and a wrong proof are one and
the same, and the audit log names neither.
"""

from __future__ import annotations

import hmac
import logging
import re
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection

from actions.applications import attempts
from actions.applications import proof as proofs
from actions.applications.attempts import number_fingerprint
from actions.applications.look_up import CITIZEN, SHORTENED, Person, tell_closing
from actions.surroundings import Surroundings
from desk import cases
from desk.cases import Case
from foundation import audit
from foundation.errors import VaultError
from foundation.masking import TAIL

log = logging.getLogger(__name__)


class Found(NamedTuple):
    case: Case | None = None
    """None where number and proof do not fit, or the number was tried too often."""
    until: datetime | None = None
    """When a conversation that has tried too often may again."""
    closed: bool = False
    """Whether it is not this one's fault: too many proofs were wrong, of whomever, and `until` holds for all."""


def look_up(tx: Connection, here: Surroundings, number: str, token: str, who: Person, now: datetime) -> Found:
    """The case that a number and a proof open."""
    given = _given(tx, here, token, who.conversation, now)
    attempt = attempts.begin(tx, here.cipher, "last_four", number, who.conversation, now)
    case = cases.find(tx, number)
    contact = _compared(cases.private_of(tx, here.cipher, case).contact if case is not None else None)
    fits = given is not None and contact is not None and hmac.compare_digest(given.encode(), contact.encode())
    right = fits and not attempt.refused
    if right:
        attempts.give_back(tx, attempt)
    elif not attempt.refused:
        attempt = attempts.failed(tx, attempt)
    outcome = f"locked {attempt.refused}" if attempt.refused else "ok" if right else "not_matched"
    subject = f"case:{number_fingerprint(here.cipher, number)[:SHORTENED]}"
    audit.record(tx, CITIZEN, "case.lookup", subject, {"channel": who.channel, "outcome": outcome}, now)
    tell_closing(tx, attempt, now)
    if attempt.locks:
        audit.record(tx, CITIZEN, "case.locked", subject, {}, now)
        log.warning("a case was guessed at and is locked for a day", extra={"case": subject})
    return Found(case if right else None, attempt.until, attempt.refused == "office")


def _given(tx: Connection, here: Surroundings, token: str, conversation: str, now: datetime) -> str | None:
    """What is compared of the proof behind a token; what is nothing but a proof is forgotten by this."""
    if token.startswith(f"⟦{TAIL}:"):
        return _compared(proofs.take(tx, here.secrets, token, conversation, now))
    try:
        return _compared(here.secrets.resolve(tx, token, conversation, now))
    except VaultError:
        return None


def _compared(value: str | None) -> str | None:
    """What is compared of a contact or a proof; None where it shows nothing.

    Of an e-mail address all: its last four characters are those of half the country's.
    """
    if value is None or "@" in value:
        return value and value.lower()
    digits = re.sub("[^0-9]", "", value)[-4:]
    return digits if len(digits) == 4 else None
