"""The vault: what masking took out of a citizen's text, encrypted, until it expires.

A token such as ⟦id:7f3a⟧ stands for the value everywhere else; only the action that needs the value resolves it. What
proves who somebody is lives for minutes, and is forgotten when it was used.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    case,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.cipher import Cipher
from foundation.database import Instant, metadata
from foundation.errors import VaultError
from foundation.masking import PROOFS, Found, mask

PROOF_LIFE = timedelta(minutes=10)
"""For proofs: from the message to its turn, and on to the message that lacked."""

vault = Table(
    "vault",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("conversation", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("conversation", "fingerprint"),
    Index("ix_vault_expires_at", "expires_at"),
)


# Made once: putting a statement together costs more than SQLite takes to answer it.
_UNTIL = bindparam("until", type_=Instant)
_LATER = case((vault.c.expires_at < _UNTIL, _UNTIL), else_=vault.c.expires_at)
"""Of a value's end and `until`."""
_MINE = (vault.c.token == bindparam("mine")) & (vault.c.conversation == bindparam("of"))
_SAME = (vault.c.conversation == bindparam("of")) & (vault.c.fingerprint == bindparam("print"))
_VALUE = select(vault.c.ciphertext).where(_MINE, vault.c.expires_at > bindparam("now"))
_KEEP = update(vault).where(_MINE).values(expires_at=_LATER)
_KNOWN = select(vault.c.token).where(_SAME)
_KEEP_SAME = update(vault).where(_SAME).values(expires_at=_LATER)
_ADD = insert(vault)


class Vault:
    def __init__(self, cipher: Cipher, ttl: timedelta = timedelta(days=7)) -> None:
        self._cipher = cipher
        self._ttl = ttl

    def hide(self, tx: Connection, text: str, conversation: str, now: datetime) -> str:
        """Return `text`, a whole message, with its identifiers replaced by tokens; the originals are kept for a while.

        The same value gets the same token within a conversation.
        """
        return mask(text, lambda found: self._token(tx, found, conversation, now))

    def resolve(self, tx: Connection, token: str, conversation: str, now: datetime) -> str:
        """Return the value behind a token, in plain spelling.

        Raises:
            VaultError: the token is unknown, belongs to another conversation, or has expired.
        """
        blob = tx.execute(_VALUE, {"mine": token, "of": conversation, "now": now}).scalar_one_or_none()
        if blob is None:
            raise VaultError("a masked value is unknown in this conversation or has expired: ask for it again")
        return self._cipher.decrypt(blob, _context(token, conversation))

    def keep(self, tx: Connection, token: str, conversation: str, until: datetime) -> bool:
        """Keep the value behind a token at least until then, as long as something rests on it; whether there is one."""
        return bool(tx.execute(_KEEP, {"mine": token, "of": conversation, "until": until}).rowcount)

    def forget(self, tx: Connection, token: str, conversation: str) -> bool:
        """Delete the value behind a token for good; whether there was one."""
        mine = (vault.c.token == token) & (vault.c.conversation == conversation)
        return bool(tx.execute(delete(vault).where(mine)).rowcount)

    def conversations_with(self, tx: Connection, found: Found, now: datetime, limit: int = 20) -> list[str]:
        """The conversations in which a value was written, as far as it is kept: whoever asks knows it already."""
        mine = (vault.c.kind == found.kind) & (vault.c.expires_at > now)
        known: list[str] = []
        for name, print_ in tx.execute(select(vault.c.conversation, vault.c.fingerprint).where(mine)):
            if print_ in self._cipher.fingerprints(f"{found.kind}:{found.value}", name):
                known.append(name)
        return known[:limit]

    def purge(self, tx: Connection, now: datetime) -> int:
        """Delete what has expired; returns how many values."""
        return tx.execute(delete(vault).where(vault.c.expires_at <= now)).rowcount

    def _token(self, tx: Connection, found: Found, conversation: str, now: datetime) -> str:
        fingerprint = self._cipher.fingerprint(f"{found.kind}:{found.value}", conversation)
        until = now + (PROOF_LIFE if found.kind in PROOFS else self._ttl)
        same = {"of": conversation, "print": fingerprint}
        for size in (2, 2, 3, 4, 6, 8):  # short, and longer only when a short one is taken
            token = tx.execute(_KNOWN, same).scalar_one_or_none()
            if token is not None:
                tx.execute(_KEEP_SAME, {**same, "until": until})
                return str(token)
            token = f"⟦{found.kind}:{secrets.token_hex(size)}⟧"
            row = {
                "token": token,
                "kind": found.kind,
                "fingerprint": fingerprint,
                "ciphertext": self._cipher.encrypt(found.value, _context(token, conversation)),
                "conversation": conversation,
                "created_at": now,
                "expires_at": until,
            }
            try:
                with tx.begin_nested():
                    tx.execute(_ADD, row)
                return token
            except IntegrityError:  # the token is taken, or another gateway has just hidden the same value
                continue
        raise VaultError("no free token was found for a masked value: purge the vault")


def _context(token: str, conversation: str) -> str:
    return f"vault:{conversation}:{token}"
