"""The vault: what masking took out of a citizen's text, encrypted, until it expires.

A token such as ⟦id:7f3a⟧ stands for the value everywhere else; only the action that needs the value resolves it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Column, Index, LargeBinary, String, Table, UniqueConstraint, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from foundation.cipher import Cipher
from foundation.database import Instant, metadata
from foundation.errors import VaultError
from foundation.masking import Found, mask

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


class Vault:
    def __init__(self, cipher: Cipher, ttl: timedelta = timedelta(days=7)) -> None:
        self._cipher = cipher
        self._ttl = ttl

    def hide(self, tx: Connection, text: str, conversation: str, now: datetime) -> str:
        """Return `text` with its identifiers replaced by tokens, the originals kept for `ttl` from now.

        The same value gets the same token within a conversation.
        """
        return mask(text, lambda found: self._token(tx, found, conversation, now))

    def resolve(self, tx: Connection, token: str, conversation: str, now: datetime) -> str:
        """Return the value behind a token, in plain spelling.

        Raises:
            VaultError: the token is unknown, belongs to another conversation, or has expired.
        """
        query = select(vault.c.ciphertext).where(
            vault.c.token == token, vault.c.conversation == conversation, vault.c.expires_at > now
        )
        blob = tx.execute(query).scalar_one_or_none()
        if blob is None:
            raise VaultError("a masked value is unknown in this conversation or has expired: ask for it again")
        return self._cipher.decrypt(blob, _context(token, conversation))

    def purge(self, tx: Connection, now: datetime) -> int:
        """Delete what has expired; returns how many values."""
        return tx.execute(delete(vault).where(vault.c.expires_at <= now)).rowcount

    def _token(self, tx: Connection, found: Found, conversation: str, now: datetime) -> str:
        fingerprint = self._cipher.fingerprint(f"{found.kind}:{found.value}", conversation)
        known = (vault.c.conversation == conversation) & (vault.c.fingerprint == fingerprint)
        for size in (2, 2, 3, 4, 6, 8):  # short, and longer only when a short one is taken
            token = tx.execute(select(vault.c.token).where(known)).scalar_one_or_none()
            if token is not None:
                tx.execute(update(vault).where(known).values(expires_at=now + self._ttl))
                return str(token)
            token = f"⟦{found.kind}:{secrets.token_hex(size)}⟧"
            row = {
                "token": token,
                "kind": found.kind,
                "fingerprint": fingerprint,
                "ciphertext": self._cipher.encrypt(found.value, _context(token, conversation)),
                "conversation": conversation,
                "created_at": now,
                "expires_at": now + self._ttl,
            }
            try:
                with tx.begin_nested():
                    tx.execute(insert(vault).values(row))
                return token
            except IntegrityError:  # the token is taken, or another gateway has just hidden the same value
                continue
        raise VaultError("no free token was found for a masked value: purge the vault")


def _context(token: str, conversation: str) -> str:
    return f"vault:{conversation}:{token}"
