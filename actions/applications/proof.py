"""What a citizen gave to show that an application is theirs: out of the vault, and forgotten there at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation.errors import VaultError
from foundation.masking import CODE, ID_CARD, TAIL
from foundation.vault import Vault

KINDS = (TAIL, CODE, ID_CARD)
"""What may hold a proof: a whole ID card number is cut down to its last four."""
ID_LENGTH = 18
"""Of the card in use; the last four of the old card's fifteen digits, or of a mistyped number, prove nothing."""


def take(tx: Connection, vault: Vault, token: str, conversation: str, now: datetime) -> str | None:
    """The proof behind a token, which is deleted with it; None where it is expired, used, or no proof."""
    try:
        value = vault.resolve(tx, token, conversation, now)
    except VaultError:
        return None
    vault.forget(tx, token, conversation)
    if token.startswith(f"⟦{ID_CARD}:"):
        return value[-4:] if len(value) == ID_LENGTH else None
    return value


def keep(tx: Connection, vault: Vault, token: str, conversation: str, now: datetime) -> str | None:
    """The token to keep until the number is known: of a whole ID card number only the last four are left."""
    if not token.startswith(f"⟦{ID_CARD}:"):
        return token
    last_four = take(tx, vault, token, conversation, now)
    return None if last_four is None else vault.hide(tx, last_four, conversation, now)


def proof_among(tokens: Sequence[tuple[str, str]]) -> str | None:
    """The token that holds a proof, of the kinds and tokens in a message; the last four before anything else."""
    found = sorted((KINDS.index(kind), place) for place, (kind, _) in enumerate(tokens) if kind in KINDS)
    return tokens[found[0][1]][1] if found else None
