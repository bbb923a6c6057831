"""Whether a database was written with the keys that one has."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from bot.encrypted import PLACES
from foundation import audit_chain
from foundation.cipher import Cipher
from foundation.errors import VaultError
from foundation.rotation import Place


def fit(tx: Connection, cipher: Cipher) -> bool:
    """By the head of the audit log or what waits to be sealed; of the time before there were seals, by what is
    encrypted. Where nothing tells, no.
    """
    told = audit_chain.made_with(tx, cipher)
    return any(_opens(tx, cipher, place) for place in PLACES) if told is None else told


def _opens(tx: Connection, cipher: Cipher, place: Place) -> bool:
    column = place.table.c[place.column]
    row = tx.execute(select(place.table).where(func.length(column) > 0).limit(1)).mappings().first()
    if row is None:
        return False
    try:
        cipher.decrypt(row[place.column], place.context.format_map(row))
    except VaultError:
        return False
    return True
