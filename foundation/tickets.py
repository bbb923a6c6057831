"""Tickets: an address's short-lived word for one conversation, for what its citizen has to do in a browser.

Whoever reads the address, in a proxy's log for one, can neither tell whose conversation it is nor write another ticket:
it is sealed with the key of the vault.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation.cipher import Cipher
from foundation.errors import VaultError

LIFE = timedelta(minutes=10)
LONGEST = 1024
_CONTEXT = "ticket"


@dataclass(frozen=True)
class Ticket:
    conversation: str
    browser: str | None = None
    """Fingerprint of what only the browser knows that it is for; None where it is for whoever has it."""
    own: bool = False
    """Whether that browser is the conversation's own."""


def seal(cipher: Cipher, ticket: Ticket, now: datetime) -> str:
    """The ticket as letters, digits, - and _; good until LIFE from now."""
    until = int((now + LIFE).timestamp())
    text = json.dumps([ticket.conversation, ticket.browser, ticket.own, until], ensure_ascii=False)
    return urlsafe_b64encode(cipher.encrypt(text, _CONTEXT)).decode().rstrip("=")


def unseal(cipher: Cipher, text: object, now: datetime) -> Ticket | None:
    """The ticket that `seal` made; None for anything else, and for one that is too old."""
    if not isinstance(text, str) or len(text) > LONGEST or not text.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        conversation, browser, own, until = json.loads(cipher.decrypt(sealed, _CONTEXT))
    except (ValueError, VaultError):
        return None
    return Ticket(conversation, browser, own) if now.timestamp() < until else None
