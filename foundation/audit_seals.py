"""The keys that seal the audit log: this process's, and those that sealed earlier entries."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Column, LargeBinary, String, Table, insert, select
from sqlalchemy.engine import Connection

from foundation.cipher import Cipher, Key
from foundation.database import metadata
from foundation.errors import ConfigError, VaultError
from foundation.settings import get_settings
from foundation.suites import SUITES, Suite

KEPT_KEY = "audit key"

audit_keys = Table(
    "audit_keys",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
"""Keys that sealed earlier entries, encrypted with the present one: kept when ZHENGWU_SECRET_KEY is rotated."""


class SealKey(NamedTuple):
    secret: bytes
    suite: Suite

    def mac(self, kind: str, parts: tuple[object, ...]) -> str:
        return self.suite.mac(self.secret, "\0".join((kind, *map(str, parts))).encode()).hex()


class Seals:
    """What the keys of this installation make and recognise; the first of them seals."""

    def __init__(self, keys: Sequence[SealKey]) -> None:
        self._first, self._keys = keys[0], list(keys)

    def make(self, kind: str, *parts: object) -> str:
        """`kind`: mark, seal, alien (a seal upon what no process of ours wrote) or head."""
        return self._first.mac(kind, parts)

    def fits(self, given: str, kind: str, *parts: object) -> bool:
        """Whether one of the keys made it; the one that fitted last is tried first."""
        for place, key in enumerate(self._keys):
            if hmac.compare_digest(key.mac(kind, parts).encode(), given.encode()):
                if place:
                    self._keys.insert(0, self._keys.pop(place))
                return True
        return False


_given: Cipher | None = None


def use(cipher: Cipher | None) -> None:
    """Have this process seal with these keys from now on; None: with those of its settings again."""
    global _given
    _given = cipher


def cipher() -> Cipher | None:
    """The keys of this process; None where it has none, as a command before there is a ZHENGWU_SECRET_KEY."""
    return _given or _own()


@lru_cache(maxsize=1)
def _own() -> Cipher | None:
    try:
        return Cipher.of_settings(get_settings())
    except ConfigError:
        return None


def seals(tx: Connection) -> Seals | None:
    """All keys by which an entry may be sealed: of the settings, and those that were kept. None without a key."""
    ours = cipher()
    return None if ours is None else Seals([*map(_seal_key, ours.keys), *_kept(tx, ours)])


def of_keys(keys: Cipher) -> Seals:
    """By these keys alone."""
    return Seals([*map(_seal_key, keys.keys)])


def own_mark(content: str) -> str:
    """What a writer with a key puts to an entry; "" without."""
    ours = cipher()
    return "" if ours is None else _seal_key(ours.key).mac("mark", (content,))


def keep_keys(tx: Connection, ours: Cipher) -> None:
    """Keep what sealed earlier entries, encrypted with the present key; for the rotation of keys."""
    kept = set(tx.execute(select(audit_keys.c.name)).scalars())
    for key in ours.keys:
        if key.name not in kept:
            wrapped = ours.encrypt(key.audit.hex(), KEPT_KEY)
            tx.execute(insert(audit_keys).values(name=key.name, wrapped=wrapped))


def _kept(tx: Connection, ours: Cipher) -> list[SealKey]:
    suites = {suite.mark.decode(): suite for suite in SUITES.values()}
    found = []
    for name, wrapped in tx.execute(select(audit_keys.c.name, audit_keys.c.wrapped)):
        try:
            found.append(SealKey(bytes.fromhex(ours.decrypt(wrapped, KEPT_KEY)), suites[name[0]]))
        except VaultError:  # written with a key that we have not: what it sealed cannot be verified
            continue
    return found


def _seal_key(key: Key) -> SealKey:
    return SealKey(key.audit, key.suite)
