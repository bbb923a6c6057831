"""What is behind a mask: of what stands before one's eyes, for a reason, not too often. Every look is audited, those in
vain too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy.engine import Connection

from console.desk_http import Fields, Refusal
from console.house import House
from desk.case_confidence import transcript
from foundation import attempts, audit
from foundation.accounts import Account
from foundation.attempts import Limit
from foundation.errors import VaultError
from foundation.masking import KINDS, PROOFS, redact

SHORTEST_REASON, LONGEST_REASON = 4, 200
LOOKS = Limit(30, timedelta(hours=1))
"""So many looks of one person: far more than the work asks for, far fewer than collecting would."""
MOST_LINES = 2000

Before = Callable[[Connection], tuple[str, Iterable[str]]]
"""The conversation, and its texts that whoever looks has before them; raises Refusal where they may not look."""


async def reveal(here: House, me: Account, said: Fields, subject: str, before: Before) -> str:
    """The value behind the token that a page names.

    Args:
        subject: what the look is at, for the audit log, which never gets the value.

    Raises:
        Refusal: it is not shown, and why.
    """
    token, reason = said.text("token", 40), said.text("reason", LONGEST_REASON).strip()
    if len(reason) < SHORTEST_REASON:
        raise Refusal("reason", 422)

    def look(tx: Connection) -> str | Refusal:  # a refusal is given back, not raised: what is audited of it stays
        try:
            found: str | Refusal = _value(tx, here, me, token, before)
        except Refusal as refused:
            found = refused
        kind = token.strip("⟦⟧").partition(":")[0]
        detail = {"kind": kind if kind in KINDS else "other", "reason": redact(reason)}
        if isinstance(found, Refusal):
            audit.record(tx, me.name, "desk.reveal_refused", subject, {**detail, "why": found.reason}, here.now())
        else:
            audit.record(tx, me.name, "desk.reveal", subject, detail, here.now())
        return found

    found = await here.write(look)
    if isinstance(found, Refusal):
        raise found
    return found


def _value(tx: Connection, here: House, me: Account, token: str, before: Before) -> str:
    if not attempts.count(tx, f"reveal:{me.name}", LOOKS, here.now()):
        raise Refusal("too_many_looks", 429)
    conversation, texts = before(tx)
    if token.strip("⟦⟧").partition(":")[0] in PROOFS:
        raise Refusal("proof", 403)
    if not token.startswith("⟦") or not token.endswith("⟧") or not any(token in text for text in texts):
        raise Refusal("not_before_you", 404)
    try:
        return here.vault.resolve(tx, token, conversation, here.now())
    except VaultError as error:
        raise Refusal("expired", 404) from error


def lines_of(tx: Connection, conversation: str) -> list[str]:
    """What was said in a conversation, as its staff see it."""
    return [line.text for line in transcript(tx, conversation, MOST_LINES)]
