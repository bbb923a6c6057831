"""Access tokens in the database, encrypted: one for all processes of an installation, fetched by one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from channels.tables import platform_tokens
from foundation import leases
from foundation.cipher import Cipher
from foundation.errors import VaultError
from foundation.leases import Lease

EARLY = timedelta(seconds=300)
"""So long before it expires a token is renewed: from then on the platform honours the old and the new one."""
LEASE = timedelta(seconds=30)
"""Longer than a call to a platform may take, with its wait for a turn."""


@dataclass(frozen=True)
class Token:
    value: str
    fetched_at: datetime
    expires_at: datetime

    @property
    def due(self) -> datetime:
        """When to get the next one. One that is short-lived anyway still serves for a fifth of its time."""
        return max(self.expires_at - EARLY, self.fetched_at + (self.expires_at - self.fetched_at) / 5)

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at:%H:%M:%S})"


class TokenRows:
    def __init__(self, cipher: Cipher, holder: str) -> None:
        self._cipher, self._holder = cipher, holder

    def usable(
        self, tx: Connection, account: str, refused: str | None, now: datetime
    ) -> tuple[Token | None, Lease | None]:
        """A token that need not be renewed yet and is not the refused one; else the lease to fetch one; else neither:
        another process is fetching it."""
        if (token := self._fresh(tx, account, refused, now)) is not None:
            return token, None
        lease = leases.acquire(tx, f"token:{account}", self._holder, now, LEASE)
        if lease is not None and (token := self._fresh(tx, account, refused, now)) is not None:
            leases.release(tx, lease, now)  # whoever had the lease stored one between our two looks
            return token, None
        return None, lease

    def store(self, tx: Connection, account: str, token: Token, lease: Lease, now: datetime) -> None:
        """Keep a new token and let the lease go. Nothing is kept if another process has taken the lease over."""
        leases.require(tx, lease)
        tx.execute(delete(platform_tokens).where(platform_tokens.c.account == account))
        row = {"ciphertext": self._cipher.encrypt(token.value, account), "account": account}
        times = {"expires_at": token.expires_at, "fetched_at": token.fetched_at}
        tx.execute(insert(platform_tokens).values(**row, **times))
        leases.release(tx, lease, now)

    def remove(self, tx: Connection, account: str, value: str) -> None:
        """Remove a token that the platform refused; a newer one stays."""
        token = self._read(tx, account, for_update=True)
        if token is not None and token.value == value:
            tx.execute(delete(platform_tokens).where(platform_tokens.c.account == account))

    def _fresh(self, tx: Connection, account: str, refused: str | None, now: datetime) -> Token | None:
        token = self._read(tx, account)
        return token if token is not None and now < token.due and token.value != refused else None

    def _read(self, tx: Connection, account: str, *, for_update: bool = False) -> Token | None:
        query = select(platform_tokens).where(platform_tokens.c.account == account)
        if for_update:
            query = query.with_for_update()
        row = tx.execute(query).mappings().first()
        if row is None:
            return None
        try:
            value = self._cipher.decrypt(row["ciphertext"], account)
        except VaultError:  # written with another ZHENGWU_SECRET_KEY: a new one costs a call
            return None
        return Token(value, row["fetched_at"], row["expires_at"])
